// The transcript as a list that goes along with the stage: turns, words, what is being said, what was found.

import { formatTime, spokenTime } from "../time_text.js";
import { lastBefore, wordAt } from "./spoken.js";
import { turnsOf } from "./turns.js";

/** @typedef {import("./search.js").Hit} Hit */
/** @typedef {import("./spoken.js").Speaker} Speaker */
/** @typedef {import("./turns.js").Turn} Turn */

/** What is being said is kept within this part of the list: below it more is read ahead than behind. */
const KEPT_FROM = 0.12;
const KEPT_TO = 0.7;
const BROUGHT_TO = 0.3;

export class Transcript {
  #list;
  #seek;
  #onFollow;
  /** @type {readonly Speaker[]} */
  #speakers = [];
  /** @type {Turn[]} */
  #turns = [];
  /** @type {HTMLElement[]} */
  #turnElements = [];
  /** By speaker and word. @type {HTMLElement[][]} */
  #words = [];
  /** By speaker: what is marked as being said. @type {(HTMLElement | undefined)[]} */
  #now = [];
  /** @type {HTMLElement | undefined} */
  #turnNow;
  /** @type {HTMLElement[]} */
  #found = [];
  #follows = true;

  /**
   * @param {HTMLElement} list that scrolls
   * @param {(time_s: number) => void} seek
   * @param {(follows: boolean) => void} onFollow it follows what is said from now on, or no longer
   */
  constructor(list, seek, onFollow) {
    this.#list = list;
    this.#seek = seek;
    this.#onFollow = onFollow;
    list.addEventListener("click", (event) => this.#clicked(event));
    // Only hands: the list scrolls by itself as well.
    for (const kind of ["wheel", "touchmove"]) list.addEventListener(kind, () => this.follow(false), { passive: true });
    list.addEventListener("pointerdown", (event) => {
      if (event.target === list) this.follow(false);
    });
    list.addEventListener("keydown", (event) => {
      if (!/^(Page|Arrow|Home|End)/.test(event.key)) return;
      // These keys scroll what has the focus; elsewhere they seek.
      event.stopPropagation();
      this.follow(false);
    });
  }

  /** @param {readonly Speaker[]} speakers */
  fill(speakers) {
    this.#speakers = speakers;
    this.#turns = turnsOf(speakers);
    this.#words = speakers.map(() => []);
    this.#now = [];
    this.#turnNow = undefined;
    this.#found = [];
    this.#turnElements = this.#turns.map((turn) => this.#turnElement(turn));
    this.#list.replaceChildren(...this.#turnElements);
    this.follow(true);
  }

  /** @param {Turn} turn */
  #turnElement({ speaker, start_s, first, after }) {
    const { name = "", side = "left", words = [] } = this.#speakers[speaker] ?? {};
    const element = document.createElement("article");
    element.className = "turn";
    element.dataset["side"] = side;
    const head = document.createElement("header");
    const who = document.createElement("span");
    who.className = "who";
    who.textContent = name;
    const at = document.createElement("button");
    at.type = "button";
    at.className = "at";
    at.textContent = formatTime(start_s);
    at.setAttribute("aria-label", `Go to ${spokenTime(start_s)}`);
    at.dataset["at"] = String(start_s);
    head.append(who, at);
    const text = document.createElement("p");
    for (const { text: letters, start_s: word_s } of words.slice(first, after)) {
      const word = document.createElement("span");
      word.className = "word";
      word.textContent = letters;
      word.dataset["at"] = String(word_s);
      this.#words[speaker]?.push(word);
      text.append(word, " ");
    }
    element.append(head, text);
    return element;
  }

  /** @param {Event} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target.closest("[data-at]") : null;
    if (!(target instanceof HTMLElement)) return;
    // Who selects words to copy them does not want to go there.
    if (!window.getSelection()?.isCollapsed) return;
    this.#seek(Number(target.dataset["at"]));
    this.follow(true);
  }

  /** @param {number} time_s on the stage */
  show(time_s) {
    /** @type {HTMLElement | undefined} */
    let latest;
    this.#speakers.forEach(({ words }, index) => {
      const word = this.#words[index]?.[wordAt(words, time_s)];
      if (word !== this.#now[index]) {
        this.#now[index]?.classList.remove("now");
        word?.classList.add("now");
        this.#now[index] = word;
        latest = word ?? latest;
      }
    });
    const turn = this.#turnElements[lastBefore(this.#turns, time_s)];
    const turns = turn !== this.#turnNow;
    if (turns) {
      this.#turnNow?.classList.remove("now");
      this.#turnNow?.removeAttribute("aria-current");
      turn?.classList.add("now");
      turn?.setAttribute("aria-current", "true");
      this.#turnNow = turn;
    }
    const moved = latest ?? (turns ? turn : undefined);
    if (this.#follows && moved) this.#bring(moved);
  }

  /** @param {boolean} follows */
  follow(follows) {
    if (this.#follows !== follows) this.#onFollow(follows);
    this.#follows = follows;
    const now = this.#now.find(Boolean) ?? this.#turnNow;
    if (follows && now) this.#bring(now);
  }

  /** @param {HTMLElement} element */
  #bring(element) {
    const list = this.#list.getBoundingClientRect();
    if (list.height === 0) return;
    const box = element.getBoundingClientRect();
    const place = (box.top - list.top) / list.height;
    if (place >= KEPT_FROM && place <= KEPT_TO) return;
    const top = this.#list.scrollTop + box.top - list.top - BROUGHT_TO * list.height;
    const isNear = Math.abs(top - this.#list.scrollTop) < 2 * list.height;
    this.#list.scrollTo({ top, behavior: isNear ? "smooth" : "instant" });
  }

  /**
   * Marks what was found, and shows the chosen one instead of what is said.
   * @param {readonly Hit[]} hits
   * @param {number} chosen its index; -1 without hits
   */
  mark(hits, chosen) {
    for (const element of this.#found) element.classList.remove("found", "chosen");
    this.#found = [];
    hits.forEach(({ speaker, first, last }, index) => {
      for (const element of this.#words[speaker]?.slice(first, last + 1) ?? []) {
        element.classList.add("found");
        element.classList.toggle("chosen", index === chosen);
        this.#found.push(element);
      }
    });
    const looked = hits[chosen];
    const element = looked && this.#words[looked.speaker]?.[looked.first];
    if (!element) return;
    this.follow(false);
    this.#bring(element);
  }
}
