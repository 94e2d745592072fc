// What is opened over the list: interactions one after the other, one by lot, or a download of several.

import { make } from "./build.js";
import { DetailView } from "./detail_view.js";
import { DownloadForm, reasonOf } from "./download_form.js";
import { isOfDataSet } from "./fetches.js";
import { Overlay } from "./overlay.js";
import { sentence } from "./troubles.js";
import { counted } from "./wording.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./fetches.js").Fetches} Fetches */
/** @typedef {import("./list_view.js").ListView} ListView */
/** @typedef {import("./looking.js").Looking} Looking */
/** @typedef {import("./shapes.d.ts").Listed} Listed */

export class Opened {
  /** @type {DetailView | null} */
  detail = null;
  #page;
  #looking;
  #fetches;
  #list;
  #play;
  #overlay;

  /**
   * @param {Page} page
   * @param {Looking} looking
   * @param {Fetches} fetches
   * @param {ListView} list
   * @param {(key: string) => void} play
   * @param {HTMLElement} under what the overlay lies over
   */
  constructor(page, looking, fetches, list, play, under) {
    this.#page = page;
    this.#looking = looking;
    this.#fetches = fetches;
    this.#list = list;
    this.#play = play;
    this.#overlay = new Overlay(under, () => list.element.focus({ preventScroll: true }));
  }

  get element() {
    return this.#overlay.element;
  }

  get isOpen() {
    return this.#overlay.laid !== null;
  }

  close() {
    this.#overlay.close();
  }

  /**
   * The interaction of a row; from there the next rows are one press away.
   * @param {number} place
   */
  row(place) {
    this.#list.activate(place);
    const key = this.#list.keyAt(place);
    if (key === null) return;
    this.interaction(key, this.#looking.rows.row(place), (by) => this.row(this.#list.active + by));
  }

  /**
   * @param {string} key
   * @param {Listed | null} told what is known of it already
   * @param {(by: 1 | -1) => void} [step]
   */
  interaction(key, told, step) {
    const detail = this.view(key, told, false);
    this.#overlay.lay({
      element: detail.element,
      name: "",
      close: () => {
        detail.close();
        this.detail = null;
      },
      focus: () => detail.focus(),
      ...(step ? { step } : {}),
    });
    this.detail = detail;
  }

  /**
   * What a key does while the title has the focus: Enter plays, the arrows go through the list.
   * @param {string} key
   * @returns {boolean} whether it does anything
   */
  key(key) {
    const by = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    const { laid } = this.#overlay;
    if (by !== 0 && laid?.step) laid.step(by);
    else if (key === "Enter" && this.detail) this.#play(this.detail.key);
    else return false;
    return true;
  }

  /**
   * @param {string} key
   * @param {Listed | null} told
   * @param {boolean} isAlone there is no list around it
   */
  view(key, told, isAlone) {
    return new DetailView(key, told, {
      play: this.#play,
      star: (starred) => this.#looking.star(starred),
      isStarred: (starred) => this.#looking.starred.has(starred),
      isPlaying: (played) => played === this.#page.interaction,
      another: () => void this.random(),
      isAlone,
      told: (more) => this.#looking.told(more),
      download: (wanted) => (isAlone || this.#fetches.isAllowed === false || !isOfDataSet(wanted) ? null : this.#form([wanted]).element),
    });
  }

  /** One by lot from what is found. */
  async random() {
    try {
      const drawn = await this.#looking.drawn(this.detail?.key ?? null);
      if (drawn) this.interaction(drawn.key, drawn);
    } catch (error) {
      this.#page.toast(sentence(reasonOf(error)));
    }
  }

  /** A download of all that is picked. */
  download() {
    const keys = [...this.#looking.picked];
    const form = this.#form(keys, () => {
      this.#looking.picked.clear();
      this.#looking.become({ view: "downloads" });
      this.close();
    });
    const title = make("h2", { tabindex: -1 }, `Download ${counted(keys.length, "interaction")}`);
    const list = make("ul", { class: "picked-keys" }, ...keys.map((key) => make("li", {}, key)));
    const element = make("article", { class: "detail" }, make("div", { class: "detail-head" }, title), form.element, list);
    this.#overlay.lay({ element, name: "", close: () => form.close(), focus: () => title.focus({ preventScroll: true }) });
  }

  /**
   * @param {string[]} keys
   * @param {() => void} [begun]
   */
  #form(keys, begun) {
    const form = new DownloadForm(this.#fetches, keys, begun ?? (() => this.#page.toast("Downloading. The foot of the library says how far it is.")));
    void form.ask();
    return form;
  }
}
