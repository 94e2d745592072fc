// The words of what is on the stage, asked for once for everything on the page that shows them.

import { speakersOf } from "./spoken.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./spoken.js").Speaker} Speaker */

/**
 * @typedef {object} Told
 * @property {"none" | "asking" | "here" | "missing"} state none: no stage is open
 * @property {string} key of the interaction
 * @property {readonly Speaker[]} speakers the left one first; empty unless they are here
 * @property {string} reason a sentence for people, if they are missing
 */

/** @type {Told} */
const NOTHING = { state: "none", key: "", speakers: [], reason: "" };

/** @type {WeakMap<Page, Source>} */
const sources = new WeakMap();

/**
 * @param {Page} page
 * @returns {Source} the same one for all who ask
 */
export function wordsOn(page) {
  const known = sources.get(page);
  if (known) return known;
  const made = new Source(page);
  sources.set(page, made);
  return made;
}

class Source {
  /** @type {Told} */
  #told = NOTHING;
  /** @type {Set<(told: Told) => void>} */
  #listeners = new Set();
  #page;
  #wasArriving = false;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    page.on("interaction", ({ interaction }) => {
      // A stage that was lost and is found again says the same words.
      if (this.#told.key !== interaction.key || this.#told.state !== "here") void this.ask();
    });
    page.on("status", ({ buffered }) => {
      const arrives = buffered.length > 0;
      if (this.#wasArriving && !arrives && this.#told.state === "missing") void this.ask();
      this.#wasArriving = arrives;
    });
  }

  /**
   * @param {(told: Told) => void} listener called at once, and whenever it is otherwise
   */
  on(listener) {
    this.#listeners.add(listener);
    listener(this.#told);
  }

  /** Asks the server, now. */
  async ask() {
    const { welcome } = this.#page;
    if (!welcome) return;
    const { key, people } = welcome.interaction;
    this.#become({ state: "asking", key, speakers: [], reason: "" });
    const told = await answer(key, people);
    if (this.#told.key === key && this.#told.state === "asking") this.#become(told);
  }

  /** @param {Told} told */
  #become(told) {
    this.#told = told;
    for (const listener of this.#listeners) listener(told);
  }
}

/**
 * @param {string} key
 * @param {readonly import("../messages.d.ts").PersonShown[]} people
 * @returns {Promise<Told>}
 */
async function answer(key, people) {
  try {
    const response = await fetch(`/api/interactions/${encodeURIComponent(key)}/transcript`);
    if (response.ok) {
      return { state: "here", key, speakers: speakersOf(await response.json(), people), reason: "" };
    }
    const reason = response.status < 500 ? "There is no transcript of this." : "The server cannot read it just now.";
    return { state: "missing", key, speakers: [], reason };
  } catch {
    return { state: "missing", key, speakers: [], reason: "The server does not answer." };
  }
}
