// The way to the stage, kept open: one connection after another, with the state for the page.

import { Connection } from "./connection.js";
import { mayEnter } from "./entry.js";
import { AT_FIRST, backOff_s, hasPicture } from "./states.js";

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */
/** @typedef {import("./messages.d.ts").ServerMessage} ServerMessage */
/** @typedef {import("./entry.js").Refusal} Refusal */
/** @typedef {import("./states.js").Situation} Situation */

const COUNTDOWN_MS = 250;

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
  /** The stage is being replaced: what still arrives is old. */
  #interrupted = false;
  #address;
  #watcher;

  /**
   * @param {string} address of the WebSocket
   * @param {Watcher} watcher
   */
  constructor(address, watcher) {
    this.#address = address;
    this.#watcher = watcher;
    /** Where the same is played anew when the stage has ended; empty if nobody knows. */
    this.anew = address;
  }

  get situation() {
    return this.#situation;
  }

  /** @returns {Promise<RTCStatsReport | null>} */
  async stats() {
    return (await this.#connection?.stats()) ?? null;
  }

  /**
   * Leaves this stage for another one.
   * @param {string} address of the WebSocket
   */
  visit(address) {
    this.#watcher.onLost();
    this.#address = this.anew = address;
    this.#situation = AT_FIRST;
    this.open();
  }

  /** Connects now, whatever was before. */
  open() {
    clearInterval(this.#countdown);
    if (this.#situation.state === "ended" && this.anew) this.#address = this.anew;
    this.#connection?.close();
    this.#welcomed = this.#interrupted = false;
    this.#refusal = "";
    const { state, attempt } = this.#situation;
    if (state === "reconnecting" || state === "busy") this.#become({ wait_s: 0, answered: false, opening: "" });
    else this.#become({ ...AT_FIRST, attempt });
    try {
      this.#connection = new Connection(this.#address, {
        onMessage: (message) => this.#receive(message),
        onStream: (stream) => this.#watcher.onStream(stream),
        onLost: (opened) => this.#lost(opened),
        onRefused: (reason) => this.#fail(reason),
      });
    } catch {
      this.#fail("This browser cannot receive live pictures: WebRTC is missing or switched off.");
    }
  }

  /** A picture of this connection is on the screen. */
  pictureSeen() {
    const { state, answered } = this.#situation;
    if (state === "live" || !answered || this.#interrupted || this.#isAway()) return;
    this.#become({ state: "live", attempt: 0, reason: "", stopping: false });
  }

  /**
   * @param {number} pictures_per_second seen on this screen within the last second
   * @param {number} height of the pictures
   */
  count(pictures_per_second, height) {
    const stalls = this.#situation.state === "live" && pictures_per_second === 0;
    this.#become({ pictures_per_second, height, ...(stalls ? { state: "stalled" } : {}) });
  }

  /** @param {ClientMessage[]} messages */
  send(...messages) {
    for (const message of messages) this.#connection?.send(message);
  }

  /** @param {Refusal} refusal */
  refuse({ kind, reason, retry_after_s }) {
    if (this.#welcomed) this.#watcher.onLost();
    this.#welcomed = false;
    this.#connection?.close();
    if (kind === "locked") this.#become({ state: "locked", reason });
    else if (kind === "busy") this.#tryIn(retry_after_s, { state: "busy", reason });
    else this.#comeBack();
  }

  #isAway() {
    return ["locked", "ended", "failed"].includes(this.#situation.state);
  }

  /** @param {ServerMessage} message */
  #receive(message) {
    switch (message.type) {
      case "opening":
        this.#become({ opening: message.reason });
        break;
      case "welcome":
        this.#welcomed = true;
        break;
      case "status": {
        const { waiting, trouble } = message;
        const before = this.#situation;
        if (waiting !== before.waiting || trouble !== before.trouble) this.#become({ waiting, trouble });
        break;
      }
      case "answer":
        this.#become({ answered: true });
        break;
      case "busy":
        this.refuse({ kind: "busy", reason: message.reason, retry_after_s: message.retry_after_s });
        break;
      case "interrupted":
        this.#interrupted = true;
        if (hasPicture(this.#situation)) this.#become({ state: "interrupted" });
        break;
      case "resumed":
        this.#interrupted = false;
        break;
      case "stopping":
        this.#become({ stopping: true });
        break;
      case "ended":
        if (!this.#welcomed && this.#situation.attempt > 0 && this.anew && this.anew !== this.#address) {
          // The server was started anew: it knows the interaction still, and the page the place.
          this.#address = this.anew;
          this.open();
          return;
        }
        this.#watcher.onLost();
        this.#connection?.close();
        this.#become({ state: "ended", reason: message.reason, reopens: this.anew !== "" });
        break;
      case "error":
        if (this.#welcomed) break;
        this.#refusal = message.message;
        return;
    }
    this.#watcher.onMessage(message);
  }

  /** @param {string} reason */
  #fail(reason) {
    this.#watcher.onLost();
    this.#become({ state: "failed", reason });
  }

  /** @param {boolean} opened */
  #lost(opened) {
    if (this.#refusal) {
      this.#fail(this.#refusal);
      return;
    }
    this.#watcher.onLost();
    if (opened) {
      this.#comeBack();
      return;
    }
    const lost = this.#connection;
    void mayEnter(new URL(this.#address).search).then((refusal) => {
      if (this.#connection === lost) this.refuse(refusal ?? { kind: "unknown", reason: "", retry_after_s: 0 });
    });
  }

  #comeBack() {
    const attempt = this.#situation.attempt + 1;
    this.#tryIn(backOff_s(attempt), { state: "reconnecting", attempt });
  }

  /**
   * @param {number} wait_s
   * @param {Partial<Situation>} meanwhile
   */
  #tryIn(wait_s, meanwhile) {
    this.#become({ answered: false, opening: "", waiting: false, trouble: "", wait_s, ...meanwhile });
    clearInterval(this.#countdown);
    this.#countdown = setInterval(() => {
      const left_s = this.#situation.wait_s - COUNTDOWN_MS / 1000;
      if (left_s > 0) this.#become({ wait_s: left_s });
      else this.open();
    }, COUNTDOWN_MS);
  }

  /** @param {Partial<Situation>} change */
  #become(change) {
    this.#situation = { ...this.#situation, ...change };
    this.#watcher.onSituation(this.#situation);
  }
}
