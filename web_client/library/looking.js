// What somebody looks at: the view, the filter, what is remembered and picked, and the rows that follow from it.

import { TEST_CARD } from "../requests.js";
import { isOfDataSet } from "./fetches.js";
import { browserStore, recentOf, starredOf } from "./kept_keys.js";
import { KeptRows } from "./kept_rows.js";
import { PagedRows } from "./paged_rows.js";
import { queryOf, withField, wordsOf } from "./query.js";
import { ask } from "./server.js";

/** @typedef {import("./head.js").ViewName} ViewName */
/** @typedef {import("./query.js").Filter} Filter */
/** @typedef {import("./query.js").FieldName} FieldName */
/** @typedef {import("./shapes.d.ts").Listed} Listed */

/**
 * It plays for measuring, and is no interaction that somebody wants to find again.
 * @param {string} key
 */
export const isTestCard = (key) => key.startsWith(TEST_CARD);

/** @param {string} key */
export const addressOf = (key) => `/api/interactions/${encodeURIComponent(key)}`;

export class Looking {
  /** @type {ViewName} */
  view = "all";
  /** @type {Filter} */
  filter = {};
  recent = recentOf(browserStore());
  starred = starredOf(browserStore());
  /** Keys of what is to be downloaded together. @type {Set<string>} */
  picked = new Set();
  #changed;
  paged = new PagedRows((query, signal) => ask(`/api/interactions?${query}`, { signal }), () => this.#changed());
  kept = new KeptRows((key) => ask(`${addressOf(key)}?report=false`), () => this.#changed());

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Words to mark in the rows: those that they were found by, not what was typed since. */
  get words() {
    return this.keys ? this.#keptWords : wordsOf(Object.fromEntries(new URLSearchParams(this.paged.answered ?? "")));
  }

  get #keptWords() {
    return wordsOf({ text: this.filter.text ?? "" });
  }

  /** Keys of what the view remembers, null where it is the catalogue. */
  get keys() {
    return this.view === "recent" ? this.recent.keys : this.view === "starred" ? this.starred.keys : null;
  }

  get rows() {
    return this.keys ? this.kept : this.paged;
  }

  /** Another one for other rows, which begin at their top. */
  get rowsName() {
    return this.keys ? `${this.view} ${this.filter.text ?? ""}` : `all ${this.paged.answered}`;
  }

  /** @param {{view?: ViewName, filter?: Filter}} change */
  become({ view = this.view, filter = this.filter }) {
    this.view = view;
    this.filter = filter;
    if (this.keys) this.kept.show(this.keys, this.#keptWords);
    this.paged.look(queryOf(filter));
    this.#changed();
  }

  /**
   * @param {FieldName} name
   * @param {string} value empty: this does not matter
   */
  choose(name, value) {
    const view = name === "text" && (this.view === "downloads" || this.view === "overview") ? "all" : this.view;
    this.become({ view, filter: withField(this.filter, name, value) });
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it has a star now
   */
  star(key) {
    const isStarred = this.starred.toggle(key);
    this.keptChanged();
    return isStarred;
  }

  /** @param {string} key */
  pick(key) {
    if (!isOfDataSet(key)) return;
    if (!this.picked.delete(key)) this.picked.add(key);
    this.#changed();
  }

  /** @param {string} key */
  played(key) {
    if (!isTestCard(key)) this.recent.add(key);
    this.keptChanged();
  }

  /** What is remembered is other now, here or in another window. */
  keptChanged() {
    this.recent.read();
    this.starred.read();
    if (this.keys) this.kept.show(this.keys, this.#keptWords);
    this.#changed();
  }

  /** @param {Listed} told */
  told(told) {
    this.paged.replace(told);
    this.kept.replace(told);
  }

  /**
   * Draws one by lot from what is found.
   * @param {string | null} before the one that was seen last: if there are others, it is one of them
   * @returns {Promise<Listed | null>} null if nothing is
   */
  async drawn(before) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    /** @type {{interactions: Listed[]}} */
    const { interactions } = await ask(`/api/interactions?${queryOf(this.filter, { sample: 2, seed })}`);
    return interactions.find(({ key }) => key !== before) ?? interactions[0] ?? null;
  }

  /**
   * Picks all that is found.
   * @param {number} most
   */
  async pickAll(most) {
    const listing = await ask(`/api/interactions?${queryOf(this.filter, { limit: most, offset: 0 })}`);
    for (const { key } of listing.interactions) this.picked.add(key);
    this.#changed();
  }
}
