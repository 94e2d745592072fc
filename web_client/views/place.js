// Where the page is: what its address asks for, which stage it shows, and what to bring that one back to after a loss.

import { socketAddress, wishOf } from "../requests.js";
import { addressLine } from "./address.js";
import { comeBack, join, visit } from "./joining.js";

/** @typedef {import("../messages.d.ts").Status} Status */
/** @typedef {import("../messages.d.ts").Welcome} Welcome */
/** @typedef {import("./joining.js").Joining} Joining */

export class Place {
  #wish = wishOf(location.search);
  #interaction = this.#wish.interaction;
  /** The id in the address line, as long as it is true. */
  #stage = this.#wish.stage;
  /** By interaction. @type {Map<string | null, {status: Status, time_s: number}>} */
  #kept = new Map();
  #others = 0;
  /** What the address asks for besides is not done yet. */
  #arrives = true;
  /** Nothing was said to the stage yet. */
  #joins = true;

  /** By this name the server plays it; null is what it plays for who asks for nothing. */
  get interaction() {
    return this.#interaction;
  }

  /** Of the WebSocket. */
  get address() {
    return socketAddress(location, this.#interaction, this.#stage);
  }

  /** The same for when a stage that was asked for by its id has ended; empty if nobody knows what it played. */
  get anew() {
    return this.#stage && this.#interaction === null ? "" : socketAddress(location, this.#interaction);
  }

  /** @param {Welcome} welcome of the stage that was come to */
  enter({ stage, opened_as, others }) {
    this.#others = others;
    if (this.#stage === null) return;
    this.#interaction = opened_as || null;
    if (stage !== this.#stage) this.#forgetStage();
  }

  /** @param {string | null} interaction that the page shows from now on; it has left the last one */
  visit(interaction) {
    this.#arrives = false;
    this.#interaction = interaction;
    this.#forgetStage();
  }

  /**
   * The connection went.
   * @param {Status | null} status the last one
   * @param {number} time_s what was seen last
   */
  leave(status, time_s) {
    if (status) this.#kept.set(this.#interaction, { status, time_s });
    this.#joins = true;
  }

  /**
   * @param {Status} found how the stage stands
   * @param {number} duration_s
   * @returns {Joining | null} what to say to the stage first; null when it was said
   */
  join(found, duration_s) {
    if (!this.#joins) return null;
    const arrives = this.#arrives;
    this.#joins = this.#arrives = false;
    const kept = this.#kept.get(this.#interaction);
    if (kept) return comeBack(kept.status, kept.time_s, this.#others, duration_s);
    return arrives ? join(this.#wish, found, this.#others, duration_s) : visit(this.#others);
  }

  #forgetStage() {
    this.#stage = null;
    history.replaceState(history.state, "", addressLine(location.pathname, this.#interaction));
  }
}
