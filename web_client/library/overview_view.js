// The overview: how many there are, of what, and how long; each bar is a filter.

import { button, make } from "./build.js";
import { FACETS, FIELDS, overviewQuestions, queryOf, shownValue, TYPED } from "./query.js";
import { ask, isGivenUp } from "./server.js";
import { reasonOf } from "./download_form.js";
import { sentence } from "./troubles.js";
import { countText, lengthText, shareText } from "./wording.js";

/** @typedef {import("./query.js").Filter} Filter */
/** @typedef {import("./query.js").FieldName} FieldName */
/** @typedef {import("./shapes.d.ts").Overview} Overview */

/** Values that have an order of their own; others come by how many there are. */
const ORDER = ["true", "false", "good", "usable", "broken", "unknown"];

/** Of a long distribution so many are shown at first. */
const FEW = 8;
const SETTLE_MS = 120;

export class OverviewView {
  element = make("div", { class: "survey" });
  #choose;
  #figures = make("dl", { class: "totals" });
  #trouble = make("p", { class: "note", role: "status" });
  #plots = make("div", { class: "plots" });
  /** @type {Map<FieldName, HTMLInputElement>} */
  #fields = new Map();
  /** @type {Set<FieldName>} */
  #whole = new Set();
  /** @type {Filter} */
  #filter = {};
  /** @type {Map<FieldName | null, Overview>} */
  #told = new Map();
  /** @type {AbortController | null} */
  #asking = null;
  /** What was asked last, null if nobody looks. @type {string | null} */
  #asked = null;

  /** @param {(name: FieldName, value: string) => void} choose an empty value takes a filter out */
  constructor(choose) {
    this.#choose = choose;
    const typed = TYPED.map((name) => {
      const field = make("input", { type: "text", placeholder: FIELDS[name].hint, spellcheck: "false", autocomplete: "off", maxlength: 200, "data-field": name });
      field.addEventListener("input", () => choose(name, field.value));
      this.#fields.set(name, field);
      return make("label", { class: "typed" }, make("span", {}, FIELDS[name].title), field);
    });
    this.element.append(this.#figures, make("div", { class: "typed-fields" }, ...typed), this.#trouble, this.#plots);
  }

  /**
   * Asks what there is under this filter; what is shown stays until that is known.
   * @param {Filter} filter
   */
  async show(filter) {
    if (queryOf(filter) === this.#asked) return;
    this.#asked = queryOf(filter);
    this.#filter = filter;
    for (const [name, field] of this.#fields) if (document.activeElement !== field) field.value = filter[name] ?? "";
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.element.setAttribute("aria-busy", "true");
    this.#draw();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    if (asking.signal.aborted) return;
    try {
      const questions = overviewQuestions(filter);
      const told = await Promise.all(
        questions.map(({ query }) => ask(`/api/interactions/overview${query ? `?${query}` : ""}`, { signal: asking.signal })),
      );
      if (asking.signal.aborted) return;
      this.#told = new Map(questions.map(({ facet }, place) => [facet, /** @type {Overview} */ (told[place])]));
      this.#trouble.textContent = "";
    } catch (error) {
      if (isGivenUp(error)) return;
      this.#trouble.textContent = sentence(reasonOf(error));
    }
    this.element.removeAttribute("aria-busy");
    this.#draw();
  }

  /** Nobody looks at it any more. */
  hide() {
    this.#asked = null;
    this.#asking?.abort();
  }

  #draw() {
    const told = this.#told.get(null);
    if (!told) return;
    const totals = /** @type {const} */ ([["interactions", "Interactions"], ["participants", "Participants"], ["sessions", "Sessions"], ["on_disk", "On this machine"]]);
    this.#figures.replaceChildren(...totals.map(([name, title]) => make("div", {}, make("dd", {}, countText(told[name])), make("dt", {}, title))));
    // The focus stays on the bar that was pressed, although it is drawn anew.
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["bar"] : undefined;
    this.#plots.replaceChildren(...FACETS.map((name) => this.#facet(name, told)).filter((plot) => plot !== null), ...lengths(told));
    if (focused) this.#plots.querySelector(/** @type {"button"} */ (`[data-bar="${CSS.escape(focused)}"]`))?.focus();
  }

  /**
   * @param {FieldName} name
   * @param {Overview} all
   */
  #facet(name, all) {
    const told = this.#told.get(name) ?? all;
    const counts = told.by[name] ?? (name === "is_here" ? { true: told.on_disk, false: told.interactions - told.on_disk } : {});
    const bars = Object.entries(counts).filter(([value, count]) => count > 0 || this.#filter[name] === value);
    bars.sort((a, b) => rank(a[0]) - rank(b[0]) || b[1] - a[1]);
    if (bars.length === 0) return null;
    const shown = this.#whole.has(name) ? bars : bars.slice(0, FEW);
    const most = Math.max(...bars.map(([, count]) => count), 1);
    const title = FIELDS[name].title;
    const plot = make("section", { class: "plot", "data-facet": name }, make("h3", {}, title));
    plot.append(...shown.map(([value, count]) => this.#bar(name, value, count, count / most, told.interactions)));
    if (bars.length > FEW) {
      const more = button({ class: "wordy", "data-bar": `${name}: more` }, () => {
        if (!this.#whole.delete(name)) this.#whole.add(name);
        this.#draw();
      }, this.#whole.has(name) ? "Show fewer" : `Show all ${bars.length}`);
      plot.append(more);
    }
    return plot;
  }

  /**
   * @param {FieldName} name
   * @param {string} value
   * @param {number} count
   * @param {number} length of the bar, 0 to 1
   * @param {number} whole
   */
  #bar(name, value, count, length, whole) {
    const isChosen = this.#filter[name] === value;
    const words = shownValue(name, value);
    const fill = make("i", { "data-value": value });
    fill.style.width = `${length * 100}%`;
    const bar = button(
      { class: "bar", "aria-pressed": String(isChosen), "data-bar": `${name}=${value}`, "aria-label": `${FIELDS[name].title} ${words}: ${countText(count)}` },
      () => this.#choose(name, isChosen ? "" : value),
      make("span", { class: "bar-name" }, words),
      make("span", { class: "bar-rail", "aria-hidden": "true" }, fill),
      make("span", { class: "bar-count" }, countText(count)),
      make("span", { class: "bar-share" }, shareText(count, whole)),
    );
    // What nobody can ask for is counted all the same: what is not known, and partners in two splits.
    bar.disabled = (value === "unknown" && name !== "verdict") || (value.includes("/") && (name === "split" || name === "label"));
    return bar;
  }
}

/** @param {string} value */
function rank(value) {
  const place = ORDER.indexOf(value);
  return place < 0 ? ORDER.length - 1.5 : place;
}

/** @param {Overview} told */
function lengths(told) {
  if (!told.length_s || told.length_s.counts.every((count) => count === 0)) return [];
  const { edges, counts } = told.length_s;
  const most = Math.max(...counts);
  const columns = counts.map((count, place) => {
    const from = lengthText(edges[place] ?? 0);
    const to = edges[place + 1];
    const words = `${from}${to === undefined ? " and more" : ` to ${lengthText(to)}`}: ${countText(count)}`;
    const fill = make("i");
    fill.style.transform = `scaleY(${count > 0 ? Math.max(0.02, count / most) : 0})`;
    return make("span", { class: "column", title: words }, make("span", { class: "unseen" }, words), fill);
  });
  const axis = [0, Math.floor(edges.length / 2), edges.length - 1].map((place) => make("span", {}, lengthText(edges[place] ?? 0)));
  const plot = make("div", { class: "histogram" }, ...columns);
  return [make("section", { class: "plot" }, make("h3", {}, "Length of those that the doctor saw"), plot, make("div", { class: "axis", "aria-hidden": "true" }, ...axis))];
}
