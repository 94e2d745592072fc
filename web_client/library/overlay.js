// What lies over the list: an interaction, or a download of several. One at a time; what is under it is at rest.

import { button, icon, make } from "./build.js";

/**
 * @typedef {object} Laid
 * @property {HTMLElement} element
 * @property {() => void} close
 * @property {() => void} focus
 * @property {(by: 1 | -1) => void} [step] to the next one of the list
 * @property {string} name of what is laid there
 */

export class Overlay {
  element = make("div", { class: "overlay", hidden: true });
  /** @type {Laid | null} */
  laid = null;
  #under;
  #closed;
  #room = make("div", { class: "overlay-room" });
  #title = make("span", { class: "overlay-title" });
  #steps;

  /**
   * @param {HTMLElement} under
   * @param {() => void} closed by the viewer
   */
  constructor(under, closed) {
    this.#under = under;
    this.#closed = closed;
    this.#steps = make(
      "div",
      { class: "steps" },
      button({ class: "small", "aria-label": "Previous interaction" }, () => this.laid?.step?.(-1), icon("up")),
      button({ class: "small", "aria-label": "Next interaction" }, () => this.laid?.step?.(1), icon("down")),
    );
    const back = button({ class: "quiet-button back", title: "Back  (Esc)" }, () => this.close(), icon("back"), make("span", {}, "Back"));
    this.element.append(make("div", { class: "overlay-line" }, back, this.#title, this.#steps), this.#room);
  }

  /** @param {Laid} laid */
  lay(laid) {
    this.laid?.close();
    this.laid = laid;
    this.#title.textContent = laid.name;
    this.#steps.hidden = !laid.step;
    this.#room.replaceChildren(laid.element);
    this.#room.scrollTop = 0;
    this.element.hidden = false;
    this.#under.inert = true;
    laid.focus();
  }

  close() {
    if (!this.laid) return;
    this.laid.close();
    this.laid = null;
    this.#room.replaceChildren();
    this.element.hidden = true;
    this.#under.inert = false;
    this.#closed();
  }
}
