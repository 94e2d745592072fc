// Rows of interactions by their keys, such as those with a star: each is asked for when it is looked at.

/** @typedef {import("./shapes.d.ts").Listed} Listed */
/** @typedef {(key: string) => Promise<Listed>} AskOne */
/** @typedef {import("./paged_rows.js").RowsState} RowsState */

/** The server answers one question after the other; more at a time would keep others waiting. */
const AT_ONCE = 3;

export class KeptRows {
  /** @type {RowsState} */
  state = { kind: "listed" };
  #ask;
  #changed;
  /** @type {readonly string[]} */
  #keys = [];
  /** @type {readonly string[]} */
  #found = [];
  /** @type {string[]} */
  #words = [];
  /** null: it is asked for. @type {Map<string, Listed | null>} */
  #told = new Map();
  /** @type {Set<string>} */
  #unknown = new Set();
  /** @type {string[]} */
  #queue = [];
  #asking = 0;

  /**
   * @param {AskOne} ask
   * @param {() => void} changed
   */
  constructor(ask, changed) {
    this.#ask = ask;
    this.#changed = changed;
  }

  get total() {
    return this.#found.length;
  }

  /**
   * @param {readonly string[]} keys
   * @param {string[]} words that have to be in what is known of an interaction, in lower case
   */
  show(keys, words) {
    this.#keys = keys;
    this.#words = words;
    this.#find();
    if (words.length > 0) this.#need(keys);
  }

  /** @param {number} place */
  row(place) {
    const key = this.#found[place];
    return key === undefined ? null : (this.#told.get(key) ?? null);
  }

  /**
   * The key of a row, which is known before anything else of it is.
   * @param {number} place
   */
  key(place) {
    return this.#found[place] ?? null;
  }

  /**
   * Whether the server told nothing of it; what is wrong is said where it is opened.
   * @param {string} key
   */
  isUnknown(key) {
    return this.#unknown.has(key);
  }

  /**
   * @param {number} first
   * @param {number} end
   */
  want(first, end) {
    this.#need(this.#found.slice(first, end));
  }

  /** @param {Listed} told */
  replace(told) {
    if (this.#told.has(told.key)) this.#told.set(told.key, told);
    this.#changed();
  }

  /** @param {readonly string[]} keys */
  #need(keys) {
    this.#queue = keys.filter((key) => !this.#told.has(key));
    while (this.#asking < AT_ONCE && this.#queue.length > 0) void this.#askNext();
  }

  async #askNext() {
    const key = this.#queue.shift();
    if (key === undefined || this.#told.has(key)) return;
    this.#told.set(key, null);
    this.#asking += 1;
    try {
      this.#told.set(key, await this.#ask(key));
    } catch {
      this.#unknown.add(key);
    }
    this.#asking -= 1;
    this.#find();
    this.#changed();
    if (this.#queue.length > 0) void this.#askNext();
  }

  #find() {
    this.#found = this.#keys.filter((key) => {
      const text = `${key} ${textOf(this.#told.get(key) ?? null)}`.toLowerCase();
      return this.#words.every((word) => text.includes(word));
    });
  }
}

/**
 * All words that the server looks for in an interaction, too.
 * @param {Listed | null} told
 */
function textOf(told) {
  if (!told) return "";
  const { prompt, people, relationship, relationship_detail, interaction_type, emotion } = told;
  const names = people.map((person) => person.participant);
  return [...names, prompt?.a, prompt?.b, relationship, relationship_detail, interaction_type, emotion].join(" ");
}
