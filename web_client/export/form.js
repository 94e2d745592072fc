// The form of the export panel: which part, how large, through which camera, with or without words.

import { formatTime } from "../time_text.js";
import { CURRENT, cameraWords, DIRECTOR, parseTime, RATES_HZ, SIZES, spanProblem, USUAL_SIZE } from "./order.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./order.js").Choice} Choice */
/** @typedef {import("./order.js").Captions} Captions */
/** @typedef {"whole" | "region" | "part"} Span */

/** @type {readonly {value: Captions, words: string}[]} */
const CAPTIONS = [
  { value: "none", words: "None" },
  { value: "track", words: "Track" },
  { value: "burnt", words: "Burnt in" },
];

/** @type {readonly {value: "no" | "yes", words: string}[]} */
const NAMES = [
  { value: "no", words: "None" },
  { value: "yes", words: "With who speaks" },
];

/** @type {readonly (readonly [string, string])[]} */
const STUDIOS = [
  ["", "As I see it now"],
  ["light", "Light studio"],
  ["dark", "Dark studio"],
  ["white", "Plain white"],
];

/** @type {readonly {value: Span, words: string}[]} */
const SPANS = [
  { value: "whole", words: "Whole" },
  { value: "region", words: "Loop region" },
  { value: "part", words: "From – to" },
];

export class Form {
  #page;
  #changed;
  /** @type {readonly string[]} */
  #cameras = [];

  /**
   * @param {Page} page
   * @param {() => void} changed
   */
  constructor(page, changed) {
    this.#page = page;
    this.#changed = changed;
    this.element = document.createElement("form");
    this.element.className = "export-form";
    this.element.noValidate = true;
    this.span = choices("span", "Span", SPANS, "whole");
    this.from = timeField("export-from", "From");
    this.to = timeField("export-to", "To");
    this.size = list(SIZES.map(({ name }, index) => [String(index), name]));
    this.size.value = String(USUAL_SIZE);
    this.rate = list(RATES_HZ.map((rate_hz) => [String(rate_hz), `${rate_hz} a second`]));
    this.rate.value = "30";
    this.camera = list([]);
    this.studio = list(STUDIOS);
    this.captions = choices("captions", "Captions", CAPTIONS, "none");
    this.names = choices("names", "Names under the people", NAMES, "no");
    const times = document.createElement("div");
    times.className = "export-times";
    times.append(
      labelled(this.from.field, "From", this.#nowButton(this.from.field, "From here")),
      labelled(this.to.field, "To", this.#nowButton(this.to.field, "To here")),
    );
    this.element.append(
      this.span.element,
      times,
      labelled(this.size, "Size"),
      labelled(this.rate, "Pictures"),
      labelled(this.camera, "Camera"),
      labelled(this.studio, "Background"),
      this.captions.element,
      this.names.element,
    );
    this.element.addEventListener("input", (event) => {
      if (event.target === this.from.field || event.target === this.to.field) this.span.choose("part");
      this.#fill();
      this.#changed();
    });
    // What is typed here, and what moves between choices, is no key of the page; and a click leaves the focus in the field.
    this.element.addEventListener("keydown", (event) => {
      if (!(event.target instanceof HTMLInputElement)) return;
      const isOurs = event.target.type === "text" ? event.key !== "Escape" : /^(Arrow.*| )$/.test(event.key);
      if (isOurs) event.stopPropagation();
    });
    this.element.addEventListener("click", (event) => event.stopPropagation());
    this.element.addEventListener("change", (event) => event.stopPropagation());
  }

  /** The loop region, if there is one. @returns {readonly [number, number] | null} */
  get region() {
    return this.#page.status?.region ?? null;
  }

  /** Takes over what the stage shows: its cameras, its length, its loop region. */
  refresh() {
    const cameras = this.#page.welcome?.cameras ?? [];
    if (cameras.join() !== this.#cameras.join()) {
      this.#cameras = [...cameras];
      const chosen = this.camera.value || CURRENT;
      const named = cameras.filter((name) => name !== DIRECTOR);
      const offered = [CURRENT, ...(cameras.includes(DIRECTOR) ? [DIRECTOR] : []), ...named];
      this.camera.replaceChildren(...offered.map((name) => option(name, cameraWords(name))));
      this.camera.value = offered.includes(chosen) ? chosen : CURRENT;
    }
    this.span.offer("region", this.region !== null);
    if (this.region === null && this.span.value === "region") this.span.choose("whole");
    this.#fill();
  }

  /** The fields show the span that is chosen, unless it is theirs. */
  #fill() {
    const span = this.span.value;
    if (span === "part" && this.from.field.value && this.to.field.value) return;
    const [start_s, end_s] = span === "region" && this.region ? this.region : [0, this.#page.duration_s];
    write(this.from.field, formatTime(start_s));
    // The end is cut to tenths as all times are: a field that says the end means the end.
    write(this.to.field, formatTime(end_s));
  }

  /** What stands in the form; null with `problem` said if it cannot be exported. @returns {Choice | null} */
  choice() {
    const { duration_s } = this.#page;
    const span = this.span.value;
    let start_s = parseTime(this.from.field.value);
    let end_s = parseTime(this.to.field.value);
    if (span === "region" && this.region) [start_s, end_s] = this.region;
    if (span === "whole") [start_s, end_s] = [0, duration_s];
    const words = spanProblem(start_s, end_s, duration_s);
    for (const { field } of [this.from, this.to]) field.setAttribute("aria-invalid", String(words !== ""));
    this.problem = words;
    if (words !== "" || start_s === null || end_s === null) return null;
    // Whoever types the end as it is shown means the very end.
    if (formatTime(end_s) === formatTime(duration_s)) end_s = duration_s;
    return {
      start_s,
      end_s: Math.min(end_s, duration_s),
      size: this.chosenSize,
      rate_hz: Number(this.rate.value),
      camera: this.camera.value || CURRENT,
      ...this.manner,
    };
  }

  /** What is shown beside the people. */
  get manner() {
    return {
      captions: this.captions.value,
      studio: this.studio.value,
      names: this.names.value === "yes",
    };
  }

  problem = "";

  get chosenSize() {
    return SIZES[Number(this.size.value)] ?? /** @type {import("./order.js").Size} */ (SIZES[USUAL_SIZE]);
  }

  /**
   * @param {HTMLInputElement} field
   * @param {string} label
   */
  #nowButton(field, label) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "export-now";
    button.textContent = "Now";
    button.setAttribute("aria-label", `${label}: the moment that is seen`);
    button.addEventListener("click", () => {
      this.span.choose("part");
      field.value = formatTime(this.#page.seen_s());
      this.#changed();
    });
    return button;
  }
}

/**
 * A few buttons of which one is pressed, as radio buttons are.
 * @template {string} Value
 * @param {string} name
 * @param {string} title
 * @param {readonly {value: Value, words: string}[]} offers
 * @param {Value} first
 */
function choices(name, title, offers, first) {
  const element = document.createElement("fieldset");
  element.className = "export-choices";
  const legend = document.createElement("legend");
  legend.textContent = title;
  const row = document.createElement("div");
  /** @type {Map<Value, HTMLInputElement>} */
  const inputs = new Map();
  for (const { value, words } of offers) {
    const input = document.createElement("input");
    input.type = "radio";
    input.name = `export-${name}`;
    input.value = value;
    input.checked = value === first;
    inputs.set(value, input);
    const label = document.createElement("label");
    const said = document.createElement("span");
    said.textContent = words;
    label.append(input, said);
    row.append(label);
  }
  element.append(legend, row);
  return {
    element,
    get value() {
      for (const [value, input] of inputs) if (input.checked) return value;
      return first;
    },
    /** @param {Value} value */
    choose(value) {
      const input = inputs.get(value);
      if (input) input.checked = true;
    },
    /** @param {Value} value @param {boolean} isOffered */
    offer(value, isOffered) {
      const label = inputs.get(value)?.parentElement;
      if (label) label.hidden = !isOffered;
    },
  };
}

/** @param {string} id @param {string} label */
function timeField(id, label) {
  const field = document.createElement("input");
  field.type = "text";
  field.id = id;
  field.inputMode = "decimal";
  field.autocomplete = "off";
  field.spellcheck = false;
  field.setAttribute("aria-label", label);
  return { field };
}

/** @param {readonly (readonly [string, string])[]} offers value and words */
function list(offers) {
  const made = document.createElement("select");
  made.append(...offers.map(([value, words]) => option(value, words)));
  return made;
}

/** @param {string} value @param {string} words */
function option(value, words) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = words;
  return made;
}

/**
 * @param {HTMLElement} field
 * @param {string} words
 * @param {HTMLElement[]} besides
 */
function labelled(field, words, ...besides) {
  const label = document.createElement("label");
  label.className = "export-line";
  const said = document.createElement("span");
  said.textContent = words;
  label.append(said, field);
  if (besides.length === 0) return label;
  const line = document.createElement("div");
  line.className = "export-time";
  line.append(label, ...besides);
  return line;
}

/** @param {HTMLInputElement} field @param {string} text */
function write(field, text) {
  if (field.value !== text && document.activeElement !== field) field.value = text;
}
