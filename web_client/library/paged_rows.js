// The catalogue, page by page as it is looked at: what was asked for last counts, whatever answer comes when.

import { pagesOf } from "./window.js";

/** @typedef {import("./shapes.d.ts").Listed} Listed */
/** @typedef {import("./shapes.d.ts").Listing} Listing */
/** @typedef {(query: string, signal: AbortSignal) => Promise<Listing>} Ask asks for a query with limit and offset */
/** @typedef {{kind: "asking", since_ms: number} | {kind: "listed"} | {kind: "refused", error: unknown, waited_s: number}} RowsState */

/** Somewhat more than is in sight: the server looks for the files of each. */
export const PAGE_ROWS = 24;

/** The server answers one question after the other, also those that nobody waits for any more: so an answer that
    comes soon is waited for, and the latest question is asked next. */
const PATIENCE_MS = 150;

const MOST_PAGES = 50;

export class PagedRows {
  /** @type {RowsState} */
  state = { kind: "listed" };
  total = 0;
  /** What the rows answer, null before the first answer. @type {string | null} */
  answered = null;
  #ask;
  #changed;
  /** @type {string | null} */
  #wanted = null;
  /** @type {Map<number, Listed[]>} */
  #pages = new Map();
  /** @type {Map<number, AbortController>} */
  #coming = new Map();
  /** The first page of another question. @type {{query: string, giveUp: AbortController, timer: number | undefined} | null} */
  #first = null;

  /**
   * @param {Ask} ask
   * @param {() => void} changed state, total or rows are others now
   */
  constructor(ask, changed) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /**
   * Ask something else; what is shown stays until its answer comes.
   * @param {string} query without limit and offset
   */
  look(query) {
    if (query === this.#wanted && this.state.kind !== "refused") return;
    this.#wanted = query;
    if (this.state.kind !== "asking") this.state = { kind: "asking", since_ms: performance.now() };
    if (!this.#first) void this.#askFirst(query);
    else this.#first.timer ??= setTimeout(() => this.#giveUpFirst(), PATIENCE_MS);
    this.#changed();
  }

  /** The same again, after a refusal or because the answer may be another one now. */
  again() {
    const query = this.#wanted ?? "";
    this.#wanted = null;
    this.look(query);
  }

  /**
   * @param {number} place
   * @returns {Listed | null} null: it is not here yet
   */
  row(place) {
    return this.#pages.get(Math.floor(place / PAGE_ROWS))?.[place % PAGE_ROWS] ?? null;
  }

  /**
   * See that these rows come, and that those that nobody looks at any more do not.
   * @param {number} first
   * @param {number} end
   */
  want(first, end) {
    if (this.answered === null || this.answered !== this.#wanted) return;
    const needed = pagesOf(first, Math.min(end, this.total), PAGE_ROWS);
    for (const [page, giveUp] of this.#coming) {
      if (!needed.includes(page)) giveUp.abort();
    }
    for (const page of needed) {
      if (!this.#pages.has(page) && !this.#coming.has(page)) void this.#askPage(this.answered, page);
    }
    const middle = needed[Math.floor(needed.length / 2)] ?? 0;
    while (this.#pages.size > MOST_PAGES) this.#pages.delete(farthest(this.#pages.keys(), middle));
  }

  /**
   * Another account of an interaction, where it is listed.
   * @param {Listed} told
   */
  replace(told) {
    for (const rows of this.#pages.values()) {
      const place = rows.findIndex((row) => row.key === told.key);
      if (place >= 0) rows[place] = told;
    }
    this.#changed();
  }

  /** @param {string} query */
  async #askFirst(query) {
    const asked = { query, giveUp: new AbortController(), timer: undefined };
    this.#first = asked;
    /** @type {Listing | null} */
    let listing = null;
    /** @type {unknown} */
    let refusal = null;
    try {
      listing = await this.#ask(paged(query, 0), asked.giveUp.signal);
    } catch (error) {
      refusal = error;
    }
    if (this.#first !== asked) return;
    clearTimeout(asked.timer);
    this.#first = null;
    if (query !== this.#wanted) {
      void this.#askFirst(this.#wanted ?? "");
      return;
    }
    if (listing) this.#begin(query, listing);
    else this.#refuse(refusal);
    this.#changed();
  }

  /** @param {unknown} error */
  #refuse(error) {
    const waited_s = this.state.kind === "asking" ? (performance.now() - this.state.since_ms) / 1000 : 0;
    this.state = { kind: "refused", error, waited_s };
  }

  #giveUpFirst() {
    this.#first?.giveUp.abort();
    void this.#askFirst(this.#wanted ?? "");
  }

  /**
   * @param {string} query
   * @param {Listing} listing
   */
  #begin(query, listing) {
    for (const giveUp of this.#coming.values()) giveUp.abort();
    this.#coming.clear();
    this.#pages = new Map([[0, listing.interactions]]);
    this.total = listing.total;
    this.answered = query;
    this.state = { kind: "listed" };
  }

  /**
   * @param {string} query
   * @param {number} page
   */
  async #askPage(query, page) {
    const giveUp = new AbortController();
    this.#coming.set(page, giveUp);
    try {
      const listing = await this.#ask(paged(query, page * PAGE_ROWS), giveUp.signal);
      if (query === this.answered && !giveUp.signal.aborted) this.#pages.set(page, listing.interactions);
    } catch (error) {
      // Rows that are looked at again are asked for again; but a refusal is said.
      if (!giveUp.signal.aborted) this.#refuse(error);
    }
    if (this.#coming.get(page) !== giveUp) return;
    this.#coming.delete(page);
    this.#changed();
  }
}

/**
 * @param {string} query
 * @param {number} offset
 */
function paged(query, offset) {
  return `${query}${query ? "&" : ""}limit=${PAGE_ROWS}&offset=${offset}`;
}

/**
 * @param {Iterable<number>} pages
 * @param {number} middle
 */
function farthest(pages, middle) {
  return [...pages].reduce((far, page) => (Math.abs(page - middle) > Math.abs(far - middle) ? page : far));
}
