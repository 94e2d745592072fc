// How loud each person is heard: their names in the head line open a slider. The sound is mixed once for all who watch.

import { part, setIcon, write } from "./elements.js";
import { voice } from "./requests.js";

/** @typedef {import("./messages.d.ts").VoiceHeard} VoiceHeard */
/** @typedef {import("./page.js").Page} Page */

/** While the slider is pulled, what is asked for goes out this far apart. */
const PULL_MS = 80;

/** @param {Page} page */
export function bindVoices(page) {
  const people = part("people", HTMLUListElement);
  const sheet = part("voice", HTMLElement);
  const mute = part("voice-mute", HTMLButtonElement);
  const gain = part("voice-gain", HTMLInputElement);
  const level = part("voice-level", HTMLOutputElement);
  /** Whose slider is shown. @type {string} */
  let side = "";
  /** @type {number | undefined} */
  let later;

  /** @returns {VoiceHeard | undefined} */
  const heard = () => page.status?.voices.find((one) => one.side === side);

  function show() {
    for (const chip of people.querySelectorAll("button")) {
      const one = page.status?.voices.find((each) => each.side === chip.dataset["side"]);
      chip.classList.toggle("silent", one !== undefined && (one.muted || one.gain === 0));
    }
    const one = heard();
    if (!one || !sheet.matches(":popover-open")) return;
    const silent = one.muted || one.gain === 0;
    setIcon(mute, silent ? "icon-muted" : one.gain < 0.5 ? "icon-quiet" : "icon-sound");
    mute.setAttribute("aria-pressed", String(one.muted));
    if (document.activeElement !== gain && later === undefined) gain.value = String(one.gain);
    gain.style.setProperty("--played", String(Number(gain.value) / 2));
    const words = one.muted ? "silent" : `${Math.round(Number(gain.value) * 100)} %`;
    write(level, words);
    gain.setAttribute("aria-valuetext", words);
  }

  people.addEventListener("click", (event) => {
    const chip = event.target instanceof Element ? event.target.closest("button") : null;
    if (!chip) return;
    const again = sheet.matches(":popover-open") && side === chip.dataset["side"];
    side = chip.dataset["side"] ?? "";
    write(part("voice-name", HTMLElement), chip.textContent ?? "");
    if (again) {
      sheet.hidePopover();
      return;
    }
    const box = chip.getBoundingClientRect();
    sheet.style.left = `${Math.max(12, Math.min(box.left - 8, window.innerWidth - 292))}px`;
    sheet.style.top = `${box.bottom + 14}px`;
    sheet.showPopover();
    const one = heard();
    if (one) gain.value = String(one.gain);
    show();
  });

  mute.addEventListener("click", () => {
    const one = heard();
    if (one) page.send(voice(one, { muted: !one.muted }));
  });

  gain.addEventListener("input", () => {
    show();
    later ??= setTimeout(() => {
      later = undefined;
      const one = heard();
      if (one) page.send(voice(one, { gain: Number(gain.value), muted: false }));
    }, PULL_MS);
  });

  page.on("status", show);
  page.on("interaction", () => sheet.matches(":popover-open") && sheet.hidePopover());
}
