// Panels: which there are, where they lie, and what opens them. Each is loaded when it is first opened.

import { part } from "./elements.js";

/** @typedef {import("./page.js").Page} Page */

/**
 * @typedef {object} Panel
 * @property {(isShown: boolean) => void} shown it came into sight, or went
 * @property {() => boolean} [step] shows it in the next way, of several; false if that was the last, and it goes
 */

/**
 * @typedef {object} PanelModule
 * @property {(page: Page, dock: HTMLElement) => Panel} open builds the panel inside an empty element
 */

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {string} dock id of the element in index.html that it lies in; panels of one dock replace each other
 * @property {() => Promise<PanelModule>} load
 */

const REMEMBERED = "avatar-server.panels";

/** @type {Map<string, Promise<void>>} */
const styles = new Map();

/**
 * Loads a style sheet once; what needs it is built when it is there.
 * @param {string} address
 * @returns {Promise<void>}
 */
export function loadStyle(address) {
  const loading = styles.get(address);
  if (loading) return loading;
  /** @type {Promise<void>} */
  const loaded = new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => reject(new Error(`no style sheet at ${address}`)));
    document.head.append(link);
  });
  styles.set(address, loaded);
  return loaded;
}

export class Panels {
  #page;
  /** @type {Map<string, Entry>} */
  #entries;
  /** By name. @type {Map<string, Promise<{panel: Panel, ground: HTMLElement}>>} */
  #opened = new Map();
  /** @type {Set<string>} */
  #shown = new Set();

  /**
   * @param {Page} page
   * @param {readonly Entry[]} entries
   */
  constructor(page, entries) {
    this.#page = page;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    for (const button of part("panels", HTMLElement).querySelectorAll("button")) {
      const name = button.dataset["panel"];
      if (name !== undefined) button.hidden = !this.#entries.has(name);
    }
    part("panels", HTMLElement).addEventListener("click", (event) => {
      const name = event.target instanceof Element && event.target.closest("button")?.dataset["panel"];
      if (name) void this.toggle(name);
    });
  }

  /** Opens what was open when the page was last left. */
  restore() {
    for (const name of remembered()) if (this.#entries.has(name)) void this.show(name, true);
  }

  /** @param {string} name */
  isShown(name) {
    return this.#shown.has(name);
  }

  /** @param {string} name */
  async toggle(name) {
    const isShown = this.#shown.has(name);
    const opened = isShown ? await this.#opened.get(name)?.catch(() => null) : null;
    if (!opened?.panel.step?.()) await this.show(name, !isShown);
  }

  /**
   * @param {string} name
   * @param {boolean} isShown
   */
  async show(name, isShown) {
    const entry = this.#entries.get(name);
    if (!entry || this.#shown.has(name) === isShown) return;
    if (isShown) {
      for (const other of this.#entries.values()) if (other.dock === entry.dock) void this.show(other.name, false);
      this.#shown.add(name);
    } else {
      this.#shown.delete(name);
    }
    this.#mark(name);
    remember(this.#shown);
    try {
      const { panel, ground } = await this.#open(entry);
      const still = this.#shown.has(name);
      ground.hidden = !still;
      this.#layDock(entry.dock);
      panel.shown(still);
    } catch {
      this.#opened.delete(name);
      this.#shown.delete(name);
      this.#mark(name);
      this.#page.toast("This part of the page could not be loaded. Is the server there?");
    }
  }

  /** @param {Entry} entry */
  #open(entry) {
    const opened = this.#opened.get(entry.name);
    if (opened) return opened;
    const opening = entry.load().then((module) => {
      const ground = document.createElement("div");
      ground.className = "panel";
      ground.id = `${entry.name}-panel`;
      part(entry.dock, HTMLElement).append(ground);
      return { panel: module.open(this.#page, ground), ground };
    });
    this.#opened.set(entry.name, opening);
    return opening;
  }

  /** @param {string} dock */
  #layDock(dock) {
    const element = part(dock, HTMLElement);
    element.hidden = ![...element.children].some((child) => child instanceof HTMLElement && !child.hidden);
  }

  /** @param {string} name */
  #mark(name) {
    const button = document.querySelector(`#panels [data-panel="${CSS.escape(name)}"]`);
    button?.setAttribute("aria-pressed", String(this.#shown.has(name)));
  }
}

/** @returns {string[]} */
function remembered() {
  try {
    const names = JSON.parse(localStorage.getItem(REMEMBERED) ?? "[]");
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return []; // Storage is switched off, or somebody else wrote there.
  }
}

/** @param {Set<string>} names */
function remember(names) {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify([...names]));
  } catch {
    // Storage is switched off: the next visit begins without panels.
  }
}
