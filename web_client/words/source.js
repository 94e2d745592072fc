// The words of what is on the stage, asked for once for everything on the page that shows them.

import { speakersOf } from "./spoken.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./spoken.js").Speaker} Speaker */

/**
 * @typedef {object} Told
 * @property {"none" | "asking" | "here" | "missing"} state none: no stage is open
 * @property {string} name of the interaction, as the API knows it; empty if it does not
 * @property {string} key of the interaction, as the data set has it
 * @property {readonly Speaker[]} speakers the left one first; empty unless they are here
 * @property {string} reason a sentence for people, if they are missing
 */

/** @type {Told} */
const NOTHING = { state: "none", name: "", key: "", speakers: [], reason: "" };

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
    page.on("interaction", () => {
      // A stage that was lost and is found again says the same words.
      if (this.#told.name !== page.interaction || this.#told.state !== "here") void this.ask();
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
    const { welcome, interaction: name } = this.#page;
    if (!welcome) return;
    const { interaction } = welcome;
    /** @type {Told} */
    const asking = { state: "asking", name: name ?? "", key: interaction.key, speakers: [], reason: "" };
    if (!name) {
      this.#become({ ...asking, state: "missing", reason: "There is no transcript of this." });
      return;
    }
    this.#become(asking);
    const told = { ...asking, ...(await answer(name, interaction.people)) };
    if (this.#told === asking) this.#become(told);
  }

  /** @param {Told} told */
  #become(told) {
    this.#told = told;
    for (const listener of this.#listeners) listener(told);
  }
}

/**
 * @param {string} name
 * @param {readonly import("../messages.d.ts").PersonShown[]} people
 * @returns {Promise<Pick<Told, "state"> & Partial<Told>>}
 */
async function answer(name, people) {
  try {
    const response = await fetch(`/api/interactions/${encodeURIComponent(name)}/transcript`);
    if (response.ok) return { state: "here", speakers: speakersOf(await response.json(), people) };
    const reason = response.status < 500 ? "There is no transcript of this." : "The server cannot read it just now.";
    return { state: "missing", reason };
  } catch {
    return { state: "missing", reason: "The server does not answer." };
  }
}
