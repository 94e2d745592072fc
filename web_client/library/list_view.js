// The list: only the rows in sight are drawn, however many there are, and all of it goes by keys.

import { make } from "./build.js";
import { rowCells } from "./row.js";
import { drawnRows, rowAfter, scrolledTo } from "./window.js";

/** @typedef {import("./shapes.d.ts").Listed} Listed */
/** @typedef {import("./row.js").RowFacts} RowFacts */

/**
 * @typedef {object} Rows
 * @property {number} total
 * @property {(place: number) => Listed | null} row
 * @property {(first: number, end: number) => void} want
 * @property {(place: number) => string | null} [key] where it is known before the row is
 */

/**
 * @typedef {object} ListHands
 * @property {(key: string, told: Listed | null, place: number) => void} open
 * @property {(key: string) => void} play
 * @property {(key: string) => void} star
 * @property {(key: string) => void} pick
 * @property {(key: string | null) => RowFacts} facts
 * @property {() => void} leaveUp the key up on the first row
 */

const ROW_PX = 76;
/** While somebody scrolls, rows are asked for this often: each asking costs the server work. */
const ASK_MS = 90;

export class ListView {
  element = make("div", { class: "rows", role: "grid", tabindex: 0, "aria-label": "Interactions", "aria-multiselectable": "true", "aria-colcount": 3 });
  active = 0;
  #hands;
  #sheet = make("div", { class: "rows-sheet", role: "rowgroup" });
  /** @type {Rows} */
  #rows = { total: 0, row: () => null, want: () => undefined };
  /** By place. @type {Map<number, HTMLElement>} */
  #drawn = new Map();
  /** What rows show, so that what is the same is not built anew with every key. @type {WeakMap<HTMLElement, {told: Listed | null, said: string}>} */
  #filled = new WeakMap();
  /** @type {number | undefined} */
  #asking;
  #askedAt_ms = 0;

  /** @param {ListHands} hands */
  constructor(hands) {
    this.#hands = hands;
    this.element.append(this.#sheet);
    this.element.addEventListener("scroll", () => this.#draw(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#click(event));
    this.element.addEventListener("focus", () => this.#mark());
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  /**
   * Other rows, from the top.
   * @param {Rows} rows
   */
  show(rows) {
    this.#rows = rows;
    this.active = 0;
    this.element.scrollTop = 0;
    this.refresh();
  }

  /** The same rows, of which some may be others now. */
  refresh() {
    this.active = Math.min(this.active, Math.max(0, this.#rows.total - 1));
    this.element.setAttribute("aria-rowcount", String(this.#rows.total));
    this.#sheet.style.height = `${this.#rows.total * ROW_PX}px`;
    this.#draw();
  }

  /** @param {number} place */
  activate(place) {
    this.active = Math.min(Math.max(place, 0), Math.max(0, this.#rows.total - 1));
    this.element.scrollTop = scrolledTo(this.active, this.#sight());
    this.#draw();
  }

  /** @param {number} place */
  keyAt(place) {
    return this.#rows.row(place)?.key ?? this.#rows.key?.(place) ?? null;
  }

  #sight() {
    const { scrollTop, clientHeight } = this.element;
    return { top_px: scrollTop, height_px: clientHeight, row_px: ROW_PX, total: this.#rows.total };
  }

  #draw() {
    const { first, end } = drawnRows(this.#sight());
    for (const [place, element] of this.#drawn) {
      if (place >= first && place < end) continue;
      element.remove();
      this.#drawn.delete(place);
    }
    for (let place = first; place < end; place += 1) this.#fill(this.#drawn.get(place) ?? this.#newRow(place), place);
    this.#mark();
    this.#askFor(first, end);
  }

  /** @param {number} place */
  #newRow(place) {
    const element = make("div", { role: "row", class: "row", id: `library-row-${place}`, "aria-rowindex": place + 1 });
    element.style.transform = `translateY(${place * ROW_PX}px)`;
    this.#drawn.set(place, element);
    this.#sheet.append(element);
    return element;
  }

  /**
   * @param {HTMLElement} element
   * @param {number} place
   */
  #fill(element, place) {
    const told = this.#rows.row(place);
    const facts = this.#hands.facts(this.keyAt(place));
    const said = JSON.stringify(facts);
    const before = this.#filled.get(element);
    if (before && before.told === told && before.said === said) return;
    this.#filled.set(element, { told, said });
    element.classList.toggle("coming", told === null);
    element.classList.toggle("is-playing", facts.isPlaying);
    element.setAttribute("aria-selected", String(facts.isPicked));
    element.replaceChildren(...rowCells(told, facts, this.#hands));
  }

  #mark() {
    for (const [place, element] of this.#drawn) element.classList.toggle("is-active", place === this.active);
    const here = this.#drawn.get(this.active);
    if (here) this.element.setAttribute("aria-activedescendant", here.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  /**
   * @param {number} first
   * @param {number} end
   */
  #askFor(first, end) {
    clearTimeout(this.#asking);
    const wait_ms = this.#askedAt_ms + ASK_MS - performance.now();
    if (wait_ms > 0) {
      this.#asking = setTimeout(() => this.#askFor(first, end), wait_ms);
      return;
    }
    this.#askedAt_ms = performance.now();
    this.#rows.want(first, end);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest(".row");
    if (!row) return;
    const place = Number(row.getAttribute("aria-rowindex")) - 1;
    this.activate(place);
    this.element.focus({ preventScroll: true });
    const key = this.keyAt(place);
    if (key !== null && !target?.closest("button, label")) this.#hands.open(key, this.#rows.row(place), place);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target !== this.element) return;
    if (event.key === "ArrowUp" && this.active === 0) this.#hands.leaveUp();
    const next = rowAfter(event.key, this.active, this.#sight());
    const key = this.keyAt(this.active);
    if (next !== null) this.activate(next);
    else if (key === null) return;
    else if (event.key === "Enter") this.#hands.play(key);
    else if (event.key === "ArrowRight") this.#hands.open(key, this.#rows.row(this.active), this.active);
    else if (event.key === " ") this.#hands.pick(key);
    else if (event.key === "*") this.#hands.star(key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
