// The measurement of the lip sync, on request: over to the test card, some seconds of watching, and back.

import { measureLips } from "./measure_lips.js";

/** Browsers bring sound and picture of a new connection together in steps, one a second or so. */
const SETTLE_S = 8;
const MEASURE_S = 10;
const OPENING_LIMIT_S = 60;

/**
 * @typedef {object} LipsHands
 * @property {HTMLVideoElement} video
 * @property {() => Promise<RTCStatsReport | null>} stats of the connection
 * @property {() => boolean} plays whether the test card plays, with pictures on the screen
 * @property {() => void} over to the test card
 * @property {() => void} back
 */

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** @param {number} ms */
const rounded = (ms) => `${Math.round(Math.abs(ms))} ms`;

/**
 * The result in words.
 * @param {import("./lip_sync.js").LipSync & {bias_ms: number}} found
 */
export function resultWords({ median_ms, p95_ms, count, bias_ms }) {
  const way = Math.round(median_ms) === 0 ? "" : median_ms > 0 ? " behind the picture" : " before the picture";
  return {
    title: `Sound ${rounded(median_ms)}${way}`,
    detail:
      `Median of ${count} pictures; 95 % are within ${rounded(p95_ms)}. ` +
      (bias_ms > 0
        ? `The browser lets only Web Audio listen, which hears about ${rounded(bias_ms)} late; that is taken off.`
        : "Measured at the loudspeaker's input with the delay that the browser states for it."),
  };
}

/** Builds the panel, measures, and takes the panel away when it is closed. */
export class LipsPanel {
  #hands;
  #panel = document.createElement("section");
  #title = document.createElement("h2");
  #detail = document.createElement("p");
  #again = document.createElement("button");
  #closed = false;

  /** @param {LipsHands} hands */
  constructor(hands) {
    this.#hands = hands;
    this.#panel.id = "lips";
    this.#panel.className = "glass";
    this.#panel.setAttribute("role", "status");
    const buttons = document.createElement("div");
    const back = document.createElement("button");
    for (const [button, words, act] of /** @type {const} */ ([
      [this.#again, "Again", () => void this.#measure()],
      [back, "Back", () => this.close()],
    ])) {
      button.type = "button";
      button.className = "pill";
      button.textContent = words;
      button.addEventListener("click", act);
      buttons.append(button);
    }
    this.#panel.append(this.#title, this.#detail, buttons);
    document.body.append(this.#panel);
    hands.over();
    void this.#measure();
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#panel.remove();
    this.#hands.back();
  }

  async #measure() {
    this.#again.hidden = true;
    this.#say("Lip sync", "Opening the test card.");
    for (let waited_s = 0; !this.#hands.plays(); waited_s += 0.1) {
      if (this.#closed) return;
      if (waited_s > OPENING_LIMIT_S) return this.#say("Nothing measured", "The test card does not play.");
      await pause(0.1);
    }
    this.#say("Lip sync", `Watching and listening for ${SETTLE_S + MEASURE_S} seconds.`);
    await pause(SETTLE_S);
    const found = await measureLips(this.#hands.video, this.#hands.stats, MEASURE_S).catch(() => null);
    if (this.#closed) return;
    this.#again.hidden = false;
    if (!found) return this.#say("Nothing measured", "This browser did not let its picture and sound be measured.");
    const { title, detail } = resultWords(found);
    this.#say(title, detail);
  }

  /** @param {string} title @param {string} detail */
  #say(title, detail) {
    this.#title.textContent = title;
    this.#detail.textContent = detail;
    this.#again.hidden = title === "Lip sync";
  }
}
