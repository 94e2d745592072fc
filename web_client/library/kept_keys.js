// Interactions that this browser remembers: the latest ones, and those with a star.

/** @typedef {Pick<Storage, "getItem" | "setItem">} Store */

/** Keys of interactions, the newest first; at most `most` of them. */
export class KeptKeys {
  #store;
  #name;
  #most;

  /**
   * @param {Store | null} store null where the browser keeps nothing: then it is for this visit only
   * @param {string} name in the store
   * @param {number} most
   */
  constructor(store, name, most) {
    this.#store = store;
    this.#name = name;
    this.#most = most;
    /** @type {readonly string[]} */
    this.keys = [];
    this.read();
  }

  /** As it is in the store now: another window may have changed it. What is no list of keys is none. */
  read() {
    /** @type {unknown} */
    let found;
    try {
      found = JSON.parse(this.#store?.getItem(this.#name) ?? "[]");
    } catch {
      found = [];
    }
    const listed = Array.isArray(found) ? found : [];
    this.keys = [...new Set(listed.filter((key) => typeof key === "string" && key !== ""))].slice(0, this.#most);
  }

  /** @param {string} key */
  has(key) {
    return this.keys.includes(key);
  }

  /**
   * Puts it first.
   * @param {string} key
   */
  add(key) {
    this.read();
    this.#keep([key, ...this.keys.filter((other) => other !== key)].slice(0, this.#most));
  }

  /** @param {string} key */
  remove(key) {
    this.read();
    this.#keep(this.keys.filter((other) => other !== key));
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it is in now
   */
  toggle(key) {
    const isIn = !this.has(key);
    if (isIn) this.add(key);
    else this.remove(key);
    return isIn;
  }

  clear() {
    this.#keep([]);
  }

  /** @param {string[]} keys */
  #keep(keys) {
    this.keys = keys;
    try {
      this.#store?.setItem(this.#name, JSON.stringify(keys));
    } catch {
      // A full or forbidden store: it holds for this visit.
    }
  }
}

/** @returns {Store | null} what this browser keeps, null where it is forbidden to */
export function browserStore() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** @param {Store | null} store */
export const recentOf = (store) => new KeptKeys(store, "avatar-server.recent", 50);

/** @param {Store | null} store */
export const starredOf = (store) => new KeptKeys(store, "avatar-server.starred", 1000);
