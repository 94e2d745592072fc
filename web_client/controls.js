// The buttons of the bar: they show what the server says and ask it for something else, nothing more.

import { part, setIcon } from "./elements.js";
import { camera, FREE_CAMERA, isAtEnd, preset, SPEEDS } from "./requests.js";

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */
/** @typedef {import("./messages.d.ts").Status} Status */
/** @typedef {import("./messages.d.ts").Welcome} Welcome */

/** @type {Readonly<Record<string, string>>} */
const PRESET_NAMES = { natural: "Natural", genea: "GENEA" };

/** @type {Readonly<Record<string, string>>} */
const STUDIO_NAMES = { light: "Light", dark: "Dark", white: "White" };

/**
 * @typedef {object} ControlHands
 * @property {() => void} playOrPause
 * @property {() => void} loop
 * @property {(...messages: ClientMessage[]) => void} send
 */

/**
 * Buttons of a group by the name they stand for. The server's list decides which are offered; a name that
 * index.html has not drawn gets a button with the name written on it.
 * @param {HTMLElement} group
 * @param {"camera" | "staging"} kind
 * @param {string[]} names
 */
function offer(group, kind, names) {
  const last = group.querySelector(`[data-${kind}="${FREE_CAMERA}"]`);
  for (const name of names) {
    if (group.querySelector(`[data-${kind}="${CSS.escape(name)}"]`)) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset[kind] = name;
    button.textContent = name;
    button.setAttribute("aria-pressed", "false");
    group.insertBefore(button, last);
  }
  for (const button of group.querySelectorAll("button")) {
    const name = button.dataset[kind] ?? "";
    button.hidden = name !== FREE_CAMERA && !names.includes(name);
  }
}

/**
 * @param {HTMLElement} group
 * @param {"camera" | "staging"} kind
 * @param {string} pressed
 */
function press(group, kind, pressed) {
  for (const button of group.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset[kind] === pressed));
  }
}

export class Controls {
  #play = part("play", HTMLButtonElement);
  #loop = part("loop", HTMLButtonElement);
  #speed = part("speed", HTMLSelectElement);
  #preset = part("preset", HTMLSelectElement);
  #studio = part("studio", HTMLSelectElement);
  #cameras = part("cameras", HTMLElement);
  #stagings = part("stagings", HTMLElement);
  /** @type {string[]} */
  #cameraNames = [];
  /** @type {string[]} */
  #stagingNames = [];

  /** @param {ControlHands} hands */
  constructor(hands) {
    for (const speed of SPEEDS) this.#speed.append(new Option(`${speed}×`, String(speed)));
    this.#speed.value = "1";
    this.#play.addEventListener("click", hands.playOrPause);
    this.#loop.addEventListener("click", hands.loop);
    this.#speed.addEventListener("change", () =>
      hands.send({ type: "speed", speed: Number(this.#speed.value) }),
    );
    this.#preset.addEventListener("change", () => hands.send(preset(this.#preset.value)));
    this.#studio.addEventListener("change", () => hands.send({ type: "studio", name: this.#studio.value }));
    this.#cameras.addEventListener("click", (event) => {
      const name = event.target instanceof Element && event.target.closest("button")?.dataset["camera"];
      if (name) hands.send(camera(name));
    });
    this.#stagings.addEventListener("click", (event) => {
      const name = event.target instanceof Element && event.target.closest("button")?.dataset["staging"];
      if (name) hands.send({ type: "staging", name });
    });
  }

  /** @param {Welcome} welcome */
  welcome(welcome) {
    this.#cameraNames = welcome.cameras;
    this.#stagingNames = welcome.stagings;
    this.#preset.replaceChildren(...welcome.presets.map((name) => new Option(PRESET_NAMES[name] ?? name, name)));
    this.#preset.parentElement?.toggleAttribute("hidden", welcome.presets.length < 2);
    this.#studio.replaceChildren(...welcome.studios.map((name) => new Option(STUDIO_NAMES[name] ?? name, name)));
    this.#studio.parentElement?.toggleAttribute("hidden", welcome.studios.length < 2);
    offer(this.#cameras, "camera", welcome.cameras);
    offer(this.#stagings, "staging", welcome.stagings);
  }

  /**
   * @param {number} index as on the keys, from 0
   * @returns {ClientMessage[]}
   */
  cameraAt(index) {
    const name = this.#cameraNames[index];
    return name === undefined ? [] : [camera(name)];
  }

  /**
   * @param {string} staging now
   * @returns {ClientMessage[]}
   */
  stagingAfter(staging) {
    const names = this.#stagingNames;
    const next = names[(names.indexOf(staging) + 1) % names.length];
    return next === undefined ? [] : [{ type: "staging", name: next }];
  }

  /**
   * Nothing to steer without a stage. Sound, help and full screen are the page's own and stay.
   * @param {boolean} steerable
   */
  allow(steerable) {
    for (const id of ["seek-line", "transport", "views", "pace"]) part(id, HTMLElement).inert = !steerable;
  }

  /**
   * @param {Status} status
   * @param {number} time_s seen now
   * @param {number} duration_s
   */
  show(status, time_s, duration_s) {
    const again = !status.playing && isAtEnd(time_s, duration_s);
    setIcon(this.#play, status.playing ? "icon-pause" : again ? "icon-again" : "icon-play");
    const words = status.playing ? "Pause" : again ? "Play again" : "Play";
    if (this.#play.getAttribute("aria-label") !== words) {
      this.#play.setAttribute("aria-label", words);
      this.#play.dataset["tip"] = `${words}  (Space)`;
    }
    this.#loop.setAttribute("aria-pressed", String(status.loop));
    const speed = String(status.speed);
    if (document.activeElement !== this.#speed || this.#speed.value !== speed) {
      if (![...this.#speed.options].some((option) => option.value === speed)) {
        this.#speed.append(new Option(`${speed}×`, speed));
      }
      this.#speed.value = speed;
    }
    if (document.activeElement !== this.#preset) this.#preset.value = status.preset;
    if (document.activeElement !== this.#studio) this.#studio.value = status.studio;
    press(this.#cameras, "camera", status.camera);
    for (const button of this.#cameras.querySelectorAll("button")) {
      button.toggleAttribute("data-seen", status.shot !== status.camera && button.dataset["camera"] === status.shot);
    }
    press(this.#stagings, "staging", status.staging);
  }
}
