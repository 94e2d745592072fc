// Getting recordings to the server's machine: what of them, how much that is, and the button.

import { button, icon, make } from "./build.js";
import { MOST_AT_ONCE } from "./fetches.js";
import { isGivenUp } from "./server.js";
import { sentence } from "./troubles.js";
import { bytesText, counted } from "./wording.js";

/** @typedef {import("./fetches.js").Fetches} Fetches */

/** What may come besides sound, motion and words; see avatar_server/dataset/modalities.py. */
const CHOICES = [
  { name: "video", title: "Original video" },
  { name: "movement", title: "Movement features" },
  { name: "annotations", title: "Annotations" },
  { name: "boxes", title: "Boxes and keypoints" },
];

/** Choices come in bursts. */
const SETTLE_MS = 120;

export class DownloadForm {
  element;
  #fetches;
  #keys;
  #begun;
  #estimate = make("p", { class: "estimate", role: "status" });
  #start;
  /** @type {Set<string>} */
  #chosen = new Set(["movement", "annotations"]);
  /** @type {AbortController | null} */
  #asking = null;

  /**
   * @param {Fetches} fetches
   * @param {readonly string[]} keys of interactions
   * @param {() => void} begun the fetch was taken on
   */
  constructor(fetches, keys, begun) {
    this.#fetches = fetches;
    this.#keys = keys;
    this.#begun = begun;
    this.#start = button({ class: "solid-button get" }, () => void this.#begin(), icon("get"), make("span", {}, "Download"));
    const choices = CHOICES.map(({ name, title }) => {
      const box = make("input", { type: "checkbox", name });
      box.checked = this.#chosen.has(name);
      box.addEventListener("change", () => {
        if (box.checked) this.#chosen.add(name);
        else this.#chosen.delete(name);
        void this.ask();
      });
      return make("label", { class: "choice" }, box, title);
    });
    const always = make("input", { type: "checkbox", checked: true, disabled: true });
    this.element = make(
      "div",
      { class: "download" },
      make("div", { class: "choices", role: "group", "aria-label": "What to download" }, make("label", { class: "choice" }, always, "Sound, motion, words"), ...choices),
      make("div", { class: "download-line" }, this.#estimate, this.#start),
    );
  }

  /** Says how much it is. */
  async ask() {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    if (this.#keys.length > MOST_AT_ONCE) {
      this.#say(`At most ${MOST_AT_ONCE} interactions at a time.`, false);
      return;
    }
    this.#say("Adding up …", true);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    if (asking.signal.aborted) return;
    try {
      const { files, bytes, bytes_here } = await this.#fetches.estimate(this.#keys, [...this.#chosen], asking.signal);
      const isAll = files === 0;
      const here = bytes_here > 0 ? `${bytesText(bytes_here)} here already` : "";
      if (isAll) this.#say(here ? `All of it is here, ${bytesText(bytes_here)}.` : "There is nothing to fetch.", false);
      else this.#say(`About ${bytesText(bytes)} in ${counted(files, "file")}${here ? `; ${here}` : ""}`, true);
    } catch (error) {
      if (!isGivenUp(error)) this.#say(`How much it is cannot be told: ${reasonOf(error)}`, true);
    }
  }

  /** Nobody looks at it any more. */
  close() {
    this.#asking?.abort();
  }

  async #begin() {
    this.#start.disabled = true;
    try {
      await this.#fetches.start(this.#keys, [...this.#chosen]);
      this.#begun();
    } catch (error) {
      this.#say(sentence(reasonOf(error)), true);
    }
  }

  /**
   * @param {string} words
   * @param {boolean} mayStart
   */
  #say(words, mayStart) {
    this.#estimate.textContent = words;
    this.#start.disabled = !mayStart;
  }
}

/** @param {unknown} error */
export const reasonOf = (error) => (error instanceof Error ? error.message : String(error));
