// The head of the library: how many there are, the search, the views, and what is filtered by.

import { write } from "../elements.js";
import { button, icon, make } from "./build.js";
import { FIELDS, shownValue } from "./query.js";
import { counted } from "./wording.js";

/** @typedef {import("./query.js").Filter} Filter */
/** @typedef {import("./query.js").FieldName} FieldName */
/** @typedef {"all" | "overview" | "recent" | "starred" | "downloads"} ViewName */

/** @type {readonly {name: ViewName, title: string}[]} */
const VIEWS = [
  { name: "all", title: "All" },
  { name: "overview", title: "Overview" },
  { name: "recent", title: "Recent" },
  { name: "starred", title: "Starred" },
  { name: "downloads", title: "Downloads" },
];

/**
 * @typedef {object} HeadHands
 * @property {(text: string) => void} search
 * @property {(view: ViewName) => void} view
 * @property {(name: FieldName, value: string) => void} choose
 * @property {() => void} random
 * @property {() => void} close
 * @property {() => void} toList the focus goes to the list
 */

/**
 * @typedef {object} HeadFacts
 * @property {ViewName} view
 * @property {Filter} filter
 * @property {number | null} total null as long as it is not known
 * @property {boolean} isAsking
 * @property {boolean} canDraw there is something to draw from
 * @property {Partial<Record<ViewName, number>>} counts
 */

export class Head {
  element;
  field = make("input", { type: "search", id: "library-search", placeholder: "Search people, prompts, keys …", "aria-label": "Search the library", spellcheck: "false", autocomplete: "off", maxlength: 300, enterkeyhint: "search" });
  #hands;
  #total = make("span", { class: "total", role: "status" });
  #random;
  #clear;
  #tabs = make("div", { class: "tabs", role: "tablist", "aria-label": "Views" });
  #chips = make("div", { class: "chips", role: "group", "aria-label": "Filters" });

  /** @param {HeadHands} hands */
  constructor(hands) {
    this.#hands = hands;
    this.#random = button({ class: "quiet-button random", title: "Draw one by lot from what is found" }, hands.random, icon("random"), make("span", {}, "Random"));
    this.#clear = button({ class: "small clear", "aria-label": "Clear the search", hidden: true }, () => {
      this.field.value = "";
      hands.search("");
      this.field.focus();
    }, icon("clear"));
    this.field.addEventListener("input", () => hands.search(this.field.value));
    this.field.addEventListener("keydown", (event) => this.#key(event));
    for (const { name, title } of VIEWS) {
      const tab = button({ role: "tab", id: `library-tab-${name}`, "aria-selected": "false", tabindex: -1, "data-view": name }, () => hands.view(name), title, make("span", { class: "badge" }));
      this.#tabs.append(tab);
    }
    this.#tabs.addEventListener("keydown", (event) => this.#tabKey(event));
    this.element = make(
      "header",
      { class: "library-head" },
      make("div", { class: "title-line" }, make("h2", {}, "Library"), this.#total, this.#random, button({ class: "small close", "aria-label": "Close the library", title: "Close  (B)" }, hands.close, icon("clear"))),
      make("div", { class: "search" }, icon("search"), this.field, this.#clear, make("kbd", { "aria-hidden": "true" }, "/")),
      this.#tabs,
      this.#chips,
      make("i", { class: "busy-line", "aria-hidden": "true" }),
    );
  }

  /** @param {HeadFacts} facts */
  show({ view, filter, total, isAsking, canDraw, counts }) {
    this.element.toggleAttribute("data-asking", isAsking);
    write(this.#total, total === null ? "" : counted(total, "interaction"));
    this.#clear.hidden = this.field.value === "";
    this.#random.disabled = !canDraw;
    for (const tab of this.#tabs.querySelectorAll("button")) {
      const isChosen = tab.dataset["view"] === view;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const badge = tab.querySelector(".badge");
      const count = counts[/** @type {ViewName} */ (tab.dataset["view"])] ?? 0;
      if (badge) write(badge, count > 0 ? String(count) : "");
    }
    this.#showChips(view, filter);
  }

  /**
   * @param {ViewName} view
   * @param {Filter} filter
   */
  #showChips(view, filter) {
    this.#chips.hidden = view !== "all" && view !== "overview";
    const names = /** @type {FieldName[]} */ (Object.keys(FIELDS)).filter((name) => name !== "text" && filter[name] !== undefined);
    const chips = names.map((name) => {
      const words = shownValue(name, filter[name] ?? "");
      const chip = button({ class: "chip", "data-field": name, "aria-label": `Remove the filter ${FIELDS[name].title}: ${words}` }, () => this.#hands.choose(name, ""), make("span", {}, `${FIELDS[name].title}: `), make("b", {}, words), icon("clear"));
      return chip;
    });
    if (view === "overview" && names.length === 0) this.#chips.hidden = true;
    if (view === "all") chips.push(button({ class: "chip add" }, () => this.#hands.view("overview"), icon("add"), "Filter"));
    if (view === "overview" && names.length > 0) chips.push(button({ class: "chip add" }, () => this.#hands.view("all"), "Show the list"));
    const before = [...this.#chips.children].map((chip) => chip.textContent).join("\n");
    if (before !== chips.map((chip) => chip.textContent).join("\n")) this.#chips.replaceChildren(...chips);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "ArrowDown" || event.key === "Enter") this.#hands.toList();
    else if (event.key === "Escape" && this.field.value !== "") {
      this.field.value = "";
      this.#hands.search("");
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event */
  #tabKey(event) {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const tabs = [...this.#tabs.querySelectorAll("button")];
    const place = tabs.findIndex((tab) => tab === document.activeElement);
    const next = tabs[(place + step + tabs.length) % tabs.length];
    next?.focus();
    next?.click();
    event.preventDefault();
    event.stopPropagation();
  }
}
