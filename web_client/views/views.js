// The presenter's view or one's own, and links to what is seen.

import { part, setIcon } from "../elements.js";
import { camera } from "../requests.js";
import { linkTo } from "./address.js";

/** @typedef {import("../messages.d.ts").Status} Status */
/** @typedef {import("../page.js").Page} Page */

const SHARED = { label: "A view of your own", tip: "A view of your own  (V)" };
const OWN = { label: "Follow the presenter", tip: "Follow the presenter  (V)" };

export class Views {
  #page;
  #button = part("own-view", HTMLButtonElement);
  #note = part("own-note", HTMLElement);
  /** To be looked through as soon as the view is one's own: before, it would move everybody's. @type {string | null} */
  #camera = null;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    this.#button.addEventListener("click", () => this.toggle());
    part("follow", HTMLButtonElement).addEventListener("click", () => this.#ask(false));
    part("copy-link", HTMLButtonElement).addEventListener("click", () => void this.copyLink());
    page.on("status", (status) => this.#show(status));
    page.on("lost", () => {
      this.#camera = null;
      this.#note.hidden = true;
    });
  }

  /** A view of one's own, or the presenter's again. */
  toggle() {
    if (this.#page.status) this.#ask(!this.#page.status.own);
  }

  /**
   * Looks through a camera that nobody else's picture follows, if the machine has room.
   * @param {string} name
   */
  lookThrough(name) {
    this.#camera = name;
    this.#ask(true);
  }

  /** There was no room, or no such camera. */
  refused() {
    this.#camera = null;
  }

  async copyLink() {
    const { welcome, status } = this.#page;
    if (!welcome || !status) return;
    const link = linkTo(location, welcome, status, this.#page.seen_s());
    const copied = await copy(link);
    this.#page.toast(copied ? "The link is copied: stage, time and camera." : link);
  }

  /** @param {boolean} own */
  #ask(own) {
    this.#page.send({ type: "view", own });
  }

  /** @param {Status} status */
  #show({ own }) {
    if (own && this.#camera !== null) {
      this.#page.send(camera(this.#camera));
      this.#camera = null;
    }
    if (this.#note.hidden !== own) return;
    this.#note.hidden = !own;
    const { label, tip } = own ? OWN : SHARED;
    this.#button.setAttribute("aria-pressed", String(own));
    this.#button.setAttribute("aria-label", label);
    this.#button.dataset["tip"] = tip;
    setIcon(this.#button, own ? "icon-own-view" : "icon-shared-view");
  }
}

/**
 * Puts text on the clipboard, also where browsers think that nobody may: on pages without TLS.
 * @param {string} text
 * @returns {Promise<boolean>}
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "away";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}
