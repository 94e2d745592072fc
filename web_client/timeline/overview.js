// The whole interaction in one line: both voices, drawn by wavesurfer.js, and the window that is seen below.

import WaveSurfer from "../vendor/wavesurfer/wavesurfer.esm.js";
import { made } from "./build.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./palette.js").Palette} Palette */

const VOICE_PX = 17;

/** From an edge of the window so far a hand takes the edge. */
const EDGE_PX = 8;

/** A press that moves less is a click. */
const CLICK_PX = 3;

/**
 * @typedef {object} OverviewHands
 * @property {(time_s: number) => void} seek
 * @property {(view: View) => void} look
 * @property {() => View} view
 */

export class Overview {
  element = made("div", "overview");
  #ground = made("div", "overview-voices");
  #window = made("div", "overview-window");
  #veils = [made("div", "overview-veil"), made("div", "overview-veil")];
  #region = made("div", "overview-region");
  #hands;
  /** @type {WaveSurfer | null} */
  #drawn = null;
  #played_px = -1;
  #played_s = 0;
  #window_px = -1;
  /** @type {readonly [number, number] | null} */
  #framed = null;
  /** @type {"none" | "press" | "move" | "start" | "end"} */
  #grip = "none";
  #pressed_px = 0;
  #last_s = 0;

  /** @param {OverviewHands} hands */
  constructor(hands) {
    this.#hands = hands;
    this.element.setAttribute("aria-hidden", "true");
    this.element.append(this.#ground, ...this.#veils, this.#region, this.#window);
    this.element.addEventListener("pointerdown", (event) => this.#press(event));
    this.element.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      this.element.addEventListener(kind, (event) => this.#release(/** @type {PointerEvent} */ (event)));
    }
  }

  /**
   * @param {readonly Float32Array[]} voices sizes 0..1 over the whole interaction
   * @param {readonly ("left" | "right")[]} sides
   * @param {number} duration_s
   * @param {Palette} palette
   */
  draw(voices, sides, duration_s, palette) {
    const splitChannels = sides.map((side) => ({
      height: VOICE_PX,
      waveColor: palette[side].pale,
      progressColor: palette[side].wave,
    }));
    this.#drawn?.destroy();
    this.#drawn = WaveSurfer.create({
      container: this.#ground,
      height: VOICE_PX,
      cursorWidth: 0,
      interact: false,
      hideScrollbar: true,
      maxPeak: 1,
      peaks: voices.map((sizes) => sizes),
      duration: duration_s,
      splitChannels,
    });
    const drawn = this.#drawn;
    drawn.on("ready", () => drawn.setTime(this.#played_s));
  }

  /**
   * Which part is seen below, and which is repeated.
   * @param {View} view
   * @param {readonly [number, number] | null} region
   */
  frame(view, region) {
    // Moved and stretched only, never painted anew: this happens with every picture while a hand scrolls.
    const share = (/** @type {number} */ time_s) => time_s / (view.duration_s || 1);
    const width_px = this.element.clientWidth;
    const [before, after] = this.#veils;
    if (before) before.style.transform = `scaleX(${share(view.start_s)})`;
    if (after) after.style.transform = `scaleX(${1 - share(view.end_s)})`;
    this.#window.style.transform = `translateX(${share(view.start_s) * width_px}px)`;
    const seen_px = Math.round(share(view.span_s) * width_px);
    if (seen_px !== this.#window_px) this.#window.style.width = `${seen_px}px`;
    this.#window_px = seen_px;
    this.#window.hidden = view.isWhole;
    this.#region.hidden = region === null;
    if (region === this.#framed) return;
    this.#framed = region;
    if (!region) return;
    this.#region.style.left = `${100 * share(region[0])}%`;
    this.#region.style.width = `${100 * share(region[1] - region[0])}%`;
  }

  /**
   * @param {number} time_s
   * @param {View} view
   */
  play(time_s, view) {
    const x = Math.round((time_s / (view.duration_s || 1)) * view.width_px * 2);
    if (x === this.#played_px) return;
    this.#played_px = x;
    this.#played_s = time_s;
    this.#drawn?.setTime(time_s);
  }

  /** @param {PointerEvent} event */
  #timeAt(event) {
    const box = this.element.getBoundingClientRect();
    const { duration_s } = this.#hands.view();
    return Math.min(Math.max((event.clientX - box.left) / (box.width || 1), 0), 1) * duration_s;
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    const view = this.#hands.view();
    const time_s = this.#timeAt(event);
    const edge_s = (EDGE_PX / (this.element.clientWidth || 1)) * view.duration_s;
    this.#pressed_px = event.clientX;
    this.#last_s = time_s;
    if (view.isWhole) this.#grip = "press";
    else if (Math.abs(time_s - view.start_s) < edge_s) this.#grip = "start";
    else if (Math.abs(time_s - view.end_s) < edge_s) this.#grip = "end";
    else this.#grip = view.shows(time_s) ? "move" : "press";
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (this.#grip === "none") return;
    const time_s = this.#timeAt(event);
    const view = this.#hands.view();
    if (this.#grip === "press" && Math.abs(event.clientX - this.#pressed_px) >= CLICK_PX) this.#hands.seek(time_s);
    if (this.#grip === "move") this.#hands.look(view.scrolled(time_s - this.#last_s));
    if (this.#grip === "start" && time_s < view.end_s) this.#hands.look(view.from(time_s, view.end_s));
    if (this.#grip === "end" && time_s > view.start_s) this.#hands.look(view.from(view.start_s, time_s));
    this.#last_s = time_s;
  }

  /** @param {PointerEvent} event */
  #release(event) {
    const isClick = Math.abs(event.clientX - this.#pressed_px) < CLICK_PX && event.type === "pointerup";
    if (this.#grip !== "none" && isClick) this.#hands.seek(this.#timeAt(event));
    this.#grip = "none";
  }
}
