// The way to the stage, kept open: one connection after another, with the state for the page.

import { Connection } from "./connection.js";
import { AT_FIRST, backOff_s } from "./states.js";

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */
/** @typedef {import("./messages.d.ts").ServerMessage} ServerMessage */
/** @typedef {import("./states.js").Situation} Situation */

/**
 * @typedef {object} Watcher
 * @property {(message: ServerMessage) => void} onMessage
 * @property {(stream: MediaStream) => void} onStream
 * @property {(situation: Situation) => void} onSituation
 * @property {() => void} onLost the connection that brought the last messages is gone
 */

/** Opens at once and comes back by itself after a loss; not after an end or a refusal. */
export class Link {
  /** @type {Situation} */
  #situation = AT_FIRST;
  /** @type {Connection | null} */
  #connection = null;
  /** @type {number | undefined} */
  #countdown;
  /** An error before the welcome is a refusal: trying again by itself would not help. */
  #welcomed = false;
  #refusal = "";
  #address;
  #watcher;

  /**
   * @param {string} address of the WebSocket
   * @param {Watcher} watcher
   */
  constructor(address, watcher) {
    this.#address = address;
    this.#watcher = watcher;
  }

  get situation() {
    return this.#situation;
  }

  /** Connects now, whatever was before. */
  open() {
    clearInterval(this.#countdown);
    this.#connection?.close();
    this.#welcomed = false;
    this.#refusal = "";
    const { state, attempt } = this.#situation;
    if (state === "reconnecting") this.#become({ wait_s: 0, answered: false });
    else this.#become({ ...AT_FIRST, attempt });
    try {
      this.#connection = new Connection(this.#address, {
        onMessage: (message) => this.#receive(message),
        onStream: (stream) => this.#watcher.onStream(stream),
        onLost: () => this.#lost(),
        onRefused: (reason) => this.#fail(reason),
      });
    } catch {
      this.#fail("This browser cannot receive live pictures: WebRTC is missing or switched off.");
    }
  }

  /** A picture of this connection is on the screen. */
  pictureSeen() {
    const { state, answered } = this.#situation;
    if (answered && (state === "connecting" || state === "reconnecting")) {
      this.#become({ state: "live", attempt: 0, reason: "" });
    }
  }

  /** @param {number} pictures_per_second seen on this screen */
  count(pictures_per_second) {
    this.#become({ pictures_per_second });
  }

  /** @param {ClientMessage[]} messages */
  send(...messages) {
    for (const message of messages) this.#connection?.send(message);
  }

  /** @param {ServerMessage} message */
  #receive(message) {
    if (message.type === "welcome") this.#welcomed = true;
    if (message.type === "answer") this.#become({ answered: true });
    if (message.type === "error" && !this.#welcomed) {
      this.#refusal = message.message;
      return;
    }
    if (message.type === "ended") {
      this.#watcher.onLost();
      this.#connection?.close();
      this.#become({ state: "ended", reason: message.reason });
    }
    this.#watcher.onMessage(message);
  }

  /** @param {string} reason */
  #fail(reason) {
    this.#watcher.onLost();
    this.#become({ state: "failed", reason });
  }

  #lost() {
    if (this.#refusal) {
      this.#fail(this.#refusal);
      return;
    }
    this.#watcher.onLost();
    const attempt = this.#situation.attempt + 1;
    this.#become({ state: "reconnecting", answered: false, attempt, wait_s: backOff_s(attempt) });
    clearInterval(this.#countdown);
    this.#countdown = setInterval(() => {
      const wait_s = this.#situation.wait_s - 0.25;
      if (wait_s > 0) this.#become({ wait_s });
      else this.open();
    }, 250);
  }

  /** @param {Partial<Situation>} change */
  #become(change) {
    this.#situation = { ...this.#situation, ...change };
    this.#watcher.onSituation(this.#situation);
  }
}
