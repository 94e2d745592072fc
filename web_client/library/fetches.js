// What the server fetches: asked for, watched while it comes, ended.

import { fraction, isOver, Pace } from "./pace.js";
import { ask, RefusedError } from "./server.js";

/** @typedef {import("./shapes.d.ts").Fetch} Fetch */
/** @typedef {import("./shapes.d.ts").Estimate} Estimate */

const BUSY_MS = 700;
const UNSEEN_MS = 3000;
const IDLE_MS = 10_000;

/** Of one order; see MOST_INTERACTIONS in avatar_server/web/fetches/router.py. */
export const MOST_AT_ONCE = 100;

/**
 * Whether it is of the data set; the demo, for one, is made and not fetched.
 * @param {string} key
 */
export const isOfDataSet = (key) => /^V\d+_S\d+_I\d+$/.test(key);

export class Fetches {
  /** The newest first. @type {readonly Fetch[]} */
  all = [];
  /** Whether this viewer may fetch at all; null as long as that is not known. @type {boolean | null} */
  isAllowed = null;
  #changed;
  #ended;
  #isSeen = false;
  /** @type {Map<string, Pace>} */
  #paces = new Map();
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {() => void} changed
   * @param {(fetch: Fetch) => void} ended one that was watched is over
   */
  constructor(changed, ended) {
    this.#changed = changed;
    this.#ended = ended;
  }

  get running() {
    return this.all.filter((fetch) => !isOver(fetch));
  }

  /** @param {boolean} isSeen */
  watch(isSeen) {
    this.#isSeen = isSeen;
    if (isSeen) void this.#look();
  }

  /**
   * Seconds until it is all here, Infinity if that cannot be told.
   * @param {Fetch} fetch
   */
  left_s(fetch) {
    return this.#paces.get(fetch.id)?.left_s(fetch) ?? Infinity;
  }

  /** @param {Fetch} fetch */
  bytes_per_s(fetch) {
    return this.#paces.get(fetch.id)?.bytes_per_s ?? 0;
  }

  /**
   * How much that would be; nothing is fetched.
   * @param {readonly string[]} keys
   * @param {readonly string[]} modalities besides what a player needs
   * @param {AbortSignal} signal
   * @returns {Promise<Estimate>}
   */
  estimate(keys, modalities, signal) {
    return ask("/api/fetches", { method: "POST", body: { interactions: keys, with: modalities, dry_run: true }, signal });
  }

  /**
   * @param {readonly string[]} keys
   * @param {readonly string[]} modalities besides what a player needs
   */
  async start(keys, modalities) {
    this.#told(await ask("/api/fetches", { method: "POST", body: { interactions: keys, with: modalities } }));
    this.#again();
  }

  /** @param {Fetch} fetch */
  async cancel(fetch) {
    this.#told(await ask(`/api/fetches/${fetch.id}`, { method: "DELETE" }));
  }

  /** @param {Fetch} told */
  #told(told) {
    const others = this.all.filter((fetch) => fetch.id !== told.id);
    this.#become([told, ...others].sort((a, b) => b.created_s - a.created_s));
  }

  async #look() {
    clearTimeout(this.#timer);
    try {
      const all = await ask("/api/fetches");
      this.isAllowed = true;
      this.#become(all);
    } catch (error) {
      const isForbidden = error instanceof RefusedError && (error.status === 401 || error.status === 403);
      if (isForbidden) {
        this.isAllowed = false;
        this.#changed();
        return;
      }
    }
    this.#again();
  }

  #again() {
    clearTimeout(this.#timer);
    const isBusy = this.running.length > 0;
    if (!isBusy && !this.#isSeen) return;
    const wait_ms = !isBusy ? IDLE_MS : this.#isSeen && !document.hidden ? BUSY_MS : UNSEEN_MS;
    this.#timer = setTimeout(() => void this.#look(), wait_ms);
  }

  /** @param {Fetch[]} all */
  #become(all) {
    const before = new Map(this.all.map((fetch) => [fetch.id, fetch]));
    this.all = all;
    for (const fetch of all) {
      let pace = this.#paces.get(fetch.id);
      if (!pace) this.#paces.set(fetch.id, (pace = new Pace()));
      pace.note(fetch.bytes, performance.now() / 1000);
      const known = before.get(fetch.id);
      if (known && !isOver(known) && isOver(fetch)) this.#ended(fetch);
    }
    this.#changed();
  }
}

/**
 * @param {Fetch} fetch
 * @returns {number | null} from 0 to 100
 */
export function percent(fetch) {
  const share = fraction(fetch);
  return share === null ? null : Math.floor(share * 100);
}
