// The seek bar: a range input with the picture's own throttle, and the time under the pointer.

import { backgroundOf, isHere, spokenBuffer, stretches } from "./buffered.js";
import { part, write } from "./elements.js";
import { formatTime, spokenTime } from "./time_text.js";

/** While dragging, seeks go out this far apart: the server shows each one before the next comes. */
const SCRUB_MS = 90;

/** Of the stage's time, from one place of the thumb to the next. */
const STEP_S = 0.1;

/** Between the empty rail and what was played, as in style sheets. */
const HERE_COLOUR = "var(--here)";

/**
 * @typedef {object} SeekHands
 * @property {(time_s: number) => void} seek
 * @property {() => void} holdStill the drag has begun
 * @property {() => void} letGo it has ended
 */

export class SeekBar {
  #input = part("seek", HTMLInputElement);
  #time = part("time", HTMLElement);
  #duration = part("duration", HTMLElement);
  #tip = part("seek-tip", HTMLElement);
  /** What moves with time: transformed only, never painted anew. */
  #played = part("seek-played", HTMLElement);
  #thumb = part("seek-thumb", HTMLElement);
  #line = part("seek-line", HTMLElement);
  #here = part("seek-here", HTMLElement);
  #region = part("seek-region", HTMLElement);
  #background = "";
  /** Empty once all is here. @type {import("./buffered.js").Spans} */
  #spans = [];
  #hands;
  /** @type {number | undefined} */
  #later;
  #pressed = false;
  #shown_s = 0;
  #dragging = false;

  /** @param {SeekHands} hands */
  constructor(hands) {
    this.#hands = hands;
    this.#input.addEventListener("pointerdown", (event) => {
      if (event.button === 0) this.#pressed = true;
    });
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("change", () => this.#settled());
    for (const kind of ["pointerup", "pointercancel"]) window.addEventListener(kind, () => this.#released());
    this.#input.addEventListener("pointermove", (event) => this.#hover(event));
    this.#input.addEventListener("pointerleave", () => this.#tip.classList.remove("shown"));
  }

  /** @param {[number, number] | null} region that is played again and again */
  setRegion(region) {
    this.#region.hidden = region === null;
    const duration_s = Number(this.#input.max);
    if (!region || !(duration_s > 0)) return;
    this.#region.style.setProperty("--from", String(region[0] / duration_s));
    this.#region.style.setProperty("--to", String(region[1] / duration_s));
  }

  /** @param {number} duration_s */
  setDuration(duration_s) {
    this.#input.max = String(duration_s);
    this.#input.disabled = !(duration_s > 0);
    write(this.#duration, formatTime(duration_s));
  }

  /**
   * What can be played, while not everything can.
   * @param {import("./buffered.js").Spans} spans empty once all is here
   */
  setBuffered(spans) {
    this.#spans = spans;
    this.#line.toggleAttribute("data-arriving", spans.length > 0);
    const background = backgroundOf(stretches(spans, Number(this.#input.max)), HERE_COLOUR);
    if (background === this.#background) return;
    this.#background = background;
    this.#here.style.background = background;
  }

  /**
   * While time passes: ten times a second are enough. Every change has the browser draw once more between two
   * pictures of the stage.
   * @param {number} time_s
   */
  pass(time_s) {
    if (this.#pressed || Math.abs(time_s - this.#shown_s) >= STEP_S) this.show(time_s);
  }

  /** @param {number} time_s */
  show(time_s) {
    if (!this.#pressed) this.#input.value = String(time_s);
    this.#shown_s = time_s;
    const shown_s = this.#pressed ? Number(this.#input.value) : time_s;
    write(this.#time, formatTime(shown_s));
    const words = [spokenTime(shown_s), spokenBuffer(this.#spans, shown_s)].filter(Boolean).join(", ");
    if (this.#input.getAttribute("aria-valuetext") !== words) this.#input.setAttribute("aria-valuetext", words);
    const share = Number(this.#input.value) / (Number(this.#input.max) || 1);
    this.#played.style.transform = `scaleX(${share})`;
    this.#thumb.style.transform = `translateX(${share * 100}%)`;
  }

  #changed() {
    if (this.#pressed && this.#later !== undefined && !this.#dragging) {
      this.#dragging = true;
      this.#hands.holdStill();
    }
    this.show(Number(this.#input.value));
    if (this.#later !== undefined) return;
    this.#hands.seek(Number(this.#input.value));
    let sent = this.#input.value;
    const again = () => {
      this.#later = undefined;
      if (this.#input.value === sent || !this.#pressed) return;
      sent = this.#input.value;
      this.#hands.seek(Number(sent));
      this.#later = setTimeout(again, SCRUB_MS);
    };
    this.#later = setTimeout(again, SCRUB_MS);
  }

  /** The last place counts, however quickly the hand came there. */
  #settled() {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#hands.seek(Number(this.#input.value));
  }

  #released() {
    if (!this.#pressed) return;
    this.#pressed = false;
    if (this.#dragging) this.#hands.letGo();
    this.#dragging = false;
  }

  /** @param {PointerEvent} event */
  #hover(event) {
    const box = this.#input.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / (box.width || 1)));
    const time_s = share * Number(this.#input.max);
    write(this.#tip, formatTime(time_s) + (isHere(this.#spans, time_s) ? "" : "  not here yet"));
    this.#tip.style.left = `${share * 100}%`;
    this.#tip.classList.add("shown");
  }
}
