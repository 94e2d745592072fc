// Tiles of one kind: asked for as they are looked at, kept, and replaced while the recording is still arriving.

import { above, arrived_s, besides, endOf, fromTheMiddle, isStale, keyOf, rootOf, startOf, TILES_KEPT, tilesOf } from "./detail.js";
import { Unavailable } from "./fetching.js";

/** @typedef {import("./detail.js").Tile} Tile */
/** @typedef {import("./view.js").Stretch} Stretch */

/** The server answers several at a time no sooner than one after the other. */
const AT_ONCE = 2;

const TRY_AGAIN_MS = 2500;

/**
 * @template Content
 * @typedef {object} Drawn a stretch of the view, with the finest tile there is for it
 * @property {Tile} tile whose content it is, perhaps of a coarser level
 * @property {Content} content
 * @property {number} start_s
 * @property {number} end_s
 */

/**
 * @template Content
 * @typedef {object} Kept
 * @property {Content} content
 * @property {Tile} tile
 * @property {number} arrived_s so much of it had arrived
 */

/** @template Content */
export class TileStore {
  /** In the order of their last use. @type {Map<string, Kept<Content>>} */
  #kept = new Map();
  /** @type {Map<string, AbortController>} */
  #loading = new Map();
  /** @type {Tile[]} most wanted first */
  #wanted = [];
  /** @type {[number, number][]} */
  #buffered = [];
  #duration_s = 0;
  #holdUntil_ms = 0;
  #isClosed = false;
  #load;
  #changed;
  #shortest_s;

  /** Why nothing is drawn, a sentence for people; empty if something is. */
  trouble = "";

  /**
   * @param {object} source
   * @param {(start_s: number, end_s: number, signal: AbortSignal) => Promise<Content>} source.load
   * @param {() => void} source.changed something came
   * @param {number} source.shortest_s finer tiles hold nothing new
   */
  constructor({ load, changed, shortest_s }) {
    this.#load = load;
    this.#changed = changed;
    this.#shortest_s = shortest_s;
  }

  /** The tile that holds everything, if it is here. */
  get root() {
    return this.#kept.get(keyOf(rootOf(this.#duration_s)))?.content ?? null;
  }

  /**
   * What there is for a view; what is missing is asked for.
   * @param {Stretch} view
   * @returns {Drawn<Content>[]} from left to right; a stretch of which nothing is known is left out
   */
  at(view) {
    this.#duration_s = view.duration_s;
    const tiles = tilesOf(view, this.#shortest_s);
    const found = tiles.flatMap((tile) => {
      const kept = this.#finest(tile);
      const start_s = startOf(tile);
      return kept ? [{ tile: kept.tile, content: kept.content, start_s, end_s: Math.min(endOf(tile), view.duration_s) }] : [];
    });
    const all = view.duration_s > 0 ? [rootOf(view.duration_s), ...tiles, ...besides(tiles, view.duration_s)] : [];
    this.#wanted = fromTheMiddle(all, view).filter((tile) => this.#lacks(tile));
    this.#next();
    return found;
  }

  /** @param {[number, number][]} buffered stretches that can be played; empty once everything can */
  arrived(buffered) {
    const grows = this.#buffered.length > 0;
    this.#buffered = buffered;
    if (this.#holdUntil_ms === Infinity) this.#holdUntil_ms = 0;
    if (grows) this.#changed();
  }

  close() {
    this.#isClosed = true;
    for (const loading of this.#loading.values()) loading.abort();
  }

  /**
   * @param {Tile} tile
   * @returns {Kept<Content> | null}
   */
  #finest(tile) {
    const root = rootOf(this.#duration_s);
    for (let at = tile; at.length_s <= root.length_s; at = above(at)) {
      const key = keyOf(at);
      const kept = this.#kept.get(key);
      if (!kept) continue;
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    return null;
  }

  /** @param {Tile} tile */
  #lacks(tile) {
    const kept = this.#kept.get(keyOf(tile));
    if (!kept) return true;
    const whole_s = Math.min(endOf(tile), this.#duration_s) - startOf(tile);
    return isStale(kept.arrived_s, this.#arrived_s(tile), whole_s);
  }

  /** @param {Tile} tile */
  #arrived_s(tile) {
    return arrived_s(this.#buffered, startOf(tile), Math.min(endOf(tile), this.#duration_s));
  }

  #next() {
    if (this.#isClosed || performance.now() < this.#holdUntil_ms) return;
    while (this.#loading.size < AT_ONCE) {
      const tile = this.#wanted.find((one) => !this.#loading.has(keyOf(one)));
      if (!tile) return;
      this.#wanted = this.#wanted.filter((one) => one !== tile);
      void this.#fetch(tile);
    }
  }

  /** @param {Tile} tile */
  async #fetch(tile) {
    const key = keyOf(tile);
    const ending = new AbortController();
    this.#loading.set(key, ending);
    const had_s = this.#arrived_s(tile);
    try {
      const content = await this.#load(startOf(tile), Math.min(endOf(tile), this.#duration_s), ending.signal);
      this.#kept.delete(key);
      this.#kept.set(key, { content, tile, arrived_s: had_s });
      const root = keyOf(rootOf(this.#duration_s));
      for (const old of this.#kept.keys()) if (this.#kept.size > TILES_KEPT && old !== root) this.#kept.delete(old);
      this.trouble = "";
    } catch (error) {
      if (this.#isClosed) return;
      this.#refused(error);
    } finally {
      this.#loading.delete(key);
    }
    this.#changed();
  }

  /** @param {unknown} error */
  #refused(error) {
    const isFinal = error instanceof Unavailable && error.isFinal && this.#buffered.length === 0;
    this.trouble = error instanceof Unavailable ? error.message : "The server cannot be reached.";
    this.#holdUntil_ms = isFinal ? Infinity : performance.now() + TRY_AGAIN_MS;
    if (!isFinal) setTimeout(() => this.#isClosed || this.#changed(), TRY_AGAIN_MS + 20);
  }
}
