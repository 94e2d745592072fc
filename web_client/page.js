// What panels know of the stage and may ask of it: one place between the connection and everything that is shown.

import { Aim } from "./aim.js";
import { Playhead } from "./playhead.js";
import { seek } from "./requests.js";

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */
/** @typedef {import("./messages.d.ts").Status} Status */
/** @typedef {import("./messages.d.ts").Welcome} Welcome */

/**
 * @typedef {object} Heard by kind, what listeners are given
 * @property {(welcome: Welcome) => void} interaction a stage opened; said at once to who comes later
 * @property {(status: Status) => void} status
 * @property {(time_s: number) => void} time a picture came on the screen, or a fifth of a second passed
 * @property {() => void} lost the connection went: until the next welcome nothing can be asked for
 */

/**
 * @typedef {object} Hands what the page does for panels
 * @property {(...messages: ClientMessage[]) => void} send
 * @property {() => Promise<RTCStatsReport | null>} stats
 * @property {(interaction: string | null) => void} visit
 * @property {(words: string) => void} toast
 */

/** Keys of interactions (avatar_server/dataset/recording_id.py), and the demo. */
const IN_A_CATALOGUE = /^(V\d{2}_S\d{4}_I\d{8}|\d{8}_\d{3}|demo)$/;

const now_s = () => performance.now() / 1000;

export class Page {
  /** @type {Welcome | null} */
  welcome = null;
  /** @type {Status | null} */
  status = null;
  #playhead = new Playhead(0);
  #aim = new Aim();
  #hands;
  #playedBefore = false;
  /** @type {{[Kind in keyof Heard]: Set<Heard[Kind]>}} */
  #listeners = { interaction: new Set(), status: new Set(), time: new Set(), lost: new Set() };

  /**
   * @param {HTMLVideoElement} video that shows the stage
   * @param {Hands} hands
   */
  constructor(video, hands) {
    this.video = video;
    this.#hands = hands;
  }

  /**
   * The name by which the API knows what is played; null while no stage is open, and for what is in no catalogue, such
   * as the test card.
   */
  get interaction() {
    const name = this.welcome?.opened_as ?? "";
    return IN_A_CATALOGUE.test(name) ? name : null;
  }

  get duration_s() {
    return this.#playhead.duration_s;
  }

  get rate_hz() {
    return this.welcome?.rate_hz ?? 30;
  }

  /** Seconds into the interaction: of the picture on the screen, or of the place just asked for. */
  seen_s() {
    return this.#aim.settle(this.#playhead.at(now_s()), now_s());
  }

  /**
   * @template {keyof Heard} Kind
   * @param {Kind} kind
   * @param {Heard[Kind]} listener
   * @returns {() => void} ends it
   */
  on(kind, listener) {
    const listeners = /** @type {Set<Heard[Kind]>} */ (this.#listeners[kind]);
    listeners.add(listener);
    if (kind === "interaction" && this.welcome) /** @type {Heard["interaction"]} */ (listener)(this.welcome);
    return () => void listeners.delete(listener);
  }

  /** @param {number} time_s */
  seek(time_s) {
    const message = seek(time_s, this.duration_s);
    if (message.type === "seek") this.#aim.set(message.time_s, now_s());
    this.tick();
    this.send(message);
  }

  /** @param {ClientMessage[]} messages */
  send(...messages) {
    this.#hands.send(...messages);
  }

  /** A hand scrubs: time holds until `letGo`. */
  holdStill() {
    this.#playedBefore = this.status?.playing ?? false;
    if (this.#playedBefore) this.send({ type: "pause" });
  }

  letGo() {
    if (this.#playedBefore) this.send({ type: "play" });
    this.#playedBefore = false;
  }

  togglePlaying() {
    if (this.status) this.send({ type: this.status.playing ? "pause" : "play" });
  }

  /** @returns {Promise<RTCStatsReport | null>} of the connection, or null without one */
  stats() {
    return this.#hands.stats();
  }

  /**
   * Plays another interaction on this page; null is what the server plays for who asks for nothing.
   * @param {string | null} interaction
   */
  visit(interaction) {
    this.#hands.visit(interaction);
  }

  /** @param {string} words for a moment, in the corner */
  toast(words) {
    this.#hands.toast(words);
  }

  /** @param {Welcome} welcome from the server */
  open(welcome) {
    this.welcome = welcome;
    this.#playhead.duration_s = welcome.interaction.duration_s;
    for (const listener of this.#listeners.interaction) listener(welcome);
  }

  /** @param {Status} status from the server */
  announce(status) {
    this.status = status;
    this.#playhead.announce(status, now_s());
    for (const listener of this.#listeners.status) listener(status);
  }

  /** @param {number} rtp_timestamp of a picture that came on the screen */
  show(rtp_timestamp) {
    this.#playhead.show(rtp_timestamp, now_s());
  }

  /** Say which moment is seen; nothing without a stage. */
  tick() {
    if (!this.status) return;
    const time_s = this.seen_s();
    for (const listener of this.#listeners.time) listener(time_s);
  }

  /** The connection went. */
  lose() {
    this.welcome = null;
    this.status = null;
    this.#playhead.forget();
    for (const listener of this.#listeners.lost) listener();
  }
}
