// Downloads as they are seen: one card each, with how far it is, how long it takes, and a way to end it.

import { write } from "../elements.js";
import { button, make } from "./build.js";
import { reasonOf } from "./download_form.js";
import { percent } from "./fetches.js";
import { isOver } from "./pace.js";
import { sentence } from "./troubles.js";
import { bytesText, counted, leftText } from "./wording.js";

/** @typedef {import("./shapes.d.ts").Fetch} Fetch */
/** @typedef {import("./fetches.js").Fetches} Fetches */

/**
 * @typedef {object} DownloadHands
 * @property {(key: string) => void} open an interaction
 * @property {(words: string) => void} toast
 */

/** Cards that stay while their figures change, so that a button keeps the focus. */
export class DownloadCards {
  element = make("div", { class: "fetches" });
  #fetches;
  #hands;
  /** @type {Map<string, FetchCard>} */
  #cards = new Map();

  /**
   * @param {Fetches} fetches
   * @param {DownloadHands} hands
   */
  constructor(fetches, hands) {
    this.#fetches = fetches;
    this.#hands = hands;
  }

  /** @param {readonly Fetch[]} shown */
  show(shown) {
    const wanted = new Set(shown.map((fetch) => fetch.id));
    for (const [id, card] of this.#cards) {
      if (wanted.has(id)) continue;
      card.element.remove();
      this.#cards.delete(id);
    }
    shown.forEach((fetch, place) => {
      let card = this.#cards.get(fetch.id);
      if (!card) this.#cards.set(fetch.id, (card = new FetchCard(this.#fetches, fetch, this.#hands)));
      card.show(fetch);
      if (this.element.children[place] !== card.element) this.element.insertBefore(card.element, this.element.children[place] ?? null);
    });
  }
}

class FetchCard {
  #fetches;
  #fetch;
  #bar = make("i");
  #progress = make("div", { class: "progress", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, this.#bar);
  #figures = make("p", { class: "figures" });
  #note = make("p", { class: "note" });
  #state = make("span", { class: "fetch-state" });
  #cancel;

  /**
   * @param {Fetches} fetches
   * @param {Fetch} fetch
   * @param {DownloadHands} hands
   */
  constructor(fetches, fetch, hands) {
    this.#fetches = fetches;
    this.#fetch = fetch;
    this.#cancel = button({ class: "quiet-button cancel" }, () => {
      this.#cancel.disabled = true;
      fetches.cancel(this.#fetch).catch((error) => {
        this.#cancel.disabled = false;
        hands.toast(sentence(reasonOf(error)));
      });
    }, "Cancel");
    const [first = "", ...others] = fetch.interactions;
    const title = others.length === 0
      ? button({ class: "wordy" }, () => hands.open(first), first)
      : make("strong", {}, counted(fetch.interactions.length, "interaction"));
    this.#progress.setAttribute("aria-label", `Download of ${first}${others.length ? " and others" : ""}`);
    this.element = make("article", { class: "fetch" }, make("div", { class: "fetch-head" }, title, this.#state, this.#cancel), this.#progress, this.#figures, this.#note);
  }

  /** @param {Fetch} fetch */
  show(fetch) {
    this.#fetch = fetch;
    this.element.dataset["state"] = fetch.state;
    const share = percent(fetch);
    this.#bar.style.transform = `scaleX(${(share ?? 0) / 100})`;
    this.#progress.classList.toggle("unknown", share === null && fetch.state === "running");
    if (share === null) this.#progress.removeAttribute("aria-valuenow");
    else this.#progress.setAttribute("aria-valuenow", String(share));
    write(this.#state, STATES[fetch.state] ?? fetch.state);
    this.#cancel.hidden = isOver(fetch);
    write(this.#figures, figuresOf(fetch, this.#fetches));
    write(this.#note, noteOf(fetch));
    this.#note.hidden = this.#note.textContent === "";
  }
}

const STATES = { queued: "waiting", running: "", done: "here", failed: "failed", cancelled: "cancelled" };

/**
 * @param {Fetch} fetch
 * @param {Fetches} fetches
 */
function figuresOf(fetch, fetches) {
  if (fetch.state === "queued") return "It begins when others are done.";
  if (fetch.state !== "running") return `${bytesText(fetch.bytes)} in ${counted(fetch.files, "file")}`;
  const share = percent(fetch);
  if (share === null) return "Looking for what there is …";
  const speed = fetches.bytes_per_s(fetch);
  const left = leftText(fetches.left_s(fetch));
  return [
    `${share}%`,
    `${bytesText(fetch.bytes)} of about ${bytesText(fetch.bytes_expected)}`,
    speed > 0 ? `${bytesText(speed)}/s` : "",
    left ? `${left} left` : "",
  ].filter(Boolean).join(" · ");
}

/** @param {Fetch} fetch */
function noteOf(fetch) {
  if (fetch.state === "failed") return sentence(fetch.problem);
  if (fetch.state === "cancelled") return "What came is kept; asked for again, it goes on.";
  if (fetch.trouble) return `Tried again: ${sentence(fetch.trouble)}`;
  if (fetch.state === "done" && fetch.absent_count > 0) return `${counted(fetch.absent_count, "file")} of these exist nowhere.`;
  return "";
}
