// The foot of the library: what is picked, and what is on its way.

import { write } from "../elements.js";
import { button, icon, make } from "./build.js";
import { DownloadCards } from "./downloads_view.js";
import { MOST_AT_ONCE } from "./fetches.js";
import { countText } from "./wording.js";

/** @typedef {import("./fetches.js").Fetches} Fetches */

/**
 * @typedef {object} FootHands
 * @property {(key: string) => void} open
 * @property {(words: string) => void} toast
 * @property {() => void} download what is picked
 * @property {() => void} clear nothing is picked any more
 * @property {() => void} all what is found is picked
 */

/**
 * @typedef {object} FootFacts
 * @property {number} picked
 * @property {number | null} found what could be picked with one press; null: that is not offered
 * @property {boolean} showsFetches
 */

/** So many cards leave room for the list. */
const MOST_CARDS = 2;

export class Foot {
  element = make("footer", { class: "library-foot" });
  #fetches;
  #cards;
  #count = make("strong", { role: "status" });
  #all;
  #download;
  #line;

  /**
   * @param {Fetches} fetches
   * @param {FootHands} hands
   */
  constructor(fetches, hands) {
    this.#fetches = fetches;
    this.#cards = new DownloadCards(fetches, hands);
    this.#all = button({ class: "wordy" }, hands.all);
    this.#download = button({ class: "solid-button" }, hands.download, icon("get"), make("span", {}, "Download …"));
    this.#line = make("div", { class: "picked-line" }, this.#count, this.#all, button({ class: "wordy" }, hands.clear, "Clear"), this.#download);
    this.element.append(this.#cards.element, this.#line);
  }

  /** @param {FootFacts} facts */
  show({ picked, found, showsFetches }) {
    this.#line.hidden = picked === 0;
    write(this.#count, `${countText(picked)} selected`);
    this.#all.hidden = found === null || found > MOST_AT_ONCE || found <= picked;
    write(this.#all, `Select all ${found}`);
    this.#download.hidden = this.#fetches.isAllowed === false;
    const running = showsFetches ? this.#fetches.running.slice(0, MOST_CARDS) : [];
    this.#cards.show(running);
    this.#cards.element.hidden = running.length === 0;
    this.element.hidden = picked === 0 && running.length === 0;
  }
}
