// A hand that looks for a place: seeks leave as often as they can be shown, and the last one always does.

import { Sometimes } from "./sometimes.js";

/** The server shows each place before the next comes. */
const APART_MS = 90;

/**
 * @typedef {object} Stage as much of `Page` as is needed
 * @property {(time_s: number) => void} seek
 * @property {() => void} holdStill
 * @property {() => void} letGo
 */

export class Scrub {
  #stage;
  #seeks = new Sometimes(APART_MS);
  #holds = false;

  /** @param {Stage} stage */
  constructor(stage) {
    this.#stage = stage;
  }

  /** @param {number} time_s */
  press(time_s) {
    this.#seeks.soon(() => this.#stage.seek(time_s));
  }

  /** @param {number} time_s */
  move(time_s) {
    if (!this.#holds) {
      this.#holds = true;
      this.#stage.holdStill();
    }
    this.#seeks.soon(() => this.#stage.seek(time_s));
  }

  release() {
    this.#seeks.flush();
    if (this.#holds) this.#stage.letGo();
    this.#holds = false;
  }
}
