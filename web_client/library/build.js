// Building parts of the page. Text comes in as text and nothing else: what data says is never read as HTML.

/** @typedef {Readonly<Record<string, string | number | boolean | null>>} Attributes true: without a value; false, null: not there */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null)} children null: none
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * A button that does something; `label` is for screen readers where `children` are no words.
 * @param {Attributes} attributes
 * @param {(event: MouseEvent) => void} press
 * @param {...(Node | string | null)} children
 */
export function button(attributes, press, ...children) {
  const element = make("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", press);
  return element;
}

const PATHS = {
  search: "M10.8 4.5a6.3 6.3 0 1 1 0 12.6 6.3 6.3 0 0 1 0-12.6zM15.5 15.5l4.2 4.2",
  clear: "M7.5 7.5l9 9M16.5 7.5l-9 9",
  random: "M5 4.5h14a.5.5 0 0 1 .5.5v14a.5.5 0 0 1-.5.5H5a.5.5 0 0 1-.5-.5V5a.5.5 0 0 1 .5-.5zM8.7 8.7h.02M15.3 8.7h.02M12 12h.02M8.7 15.3h.02M15.3 15.3h.02",
  star: "M12 4.2l2.4 4.9 5.4.8-3.9 3.8.9 5.4-4.8-2.6-4.8 2.6.9-5.4-3.9-3.8 5.4-.8z",
  play: "M8.5 5.8v12.4l9.8-6.2z",
  back: "M14.5 6l-6 6 6 6",
  up: "M6 14.5l6-6 6 6",
  down: "M6 9.5l6 6 6-6",
  get: "M12 4.5v10M8 10.8l4 4 4-4M5 19h14",
  here: "M5 12.5l4.5 4.5L19 7.5",
  add: "M12 5.5v13M5.5 12h13",
  people: "M9 11.2a3.1 3.1 0 1 0 0-6.2 3.1 3.1 0 0 0 0 6.2zM3.5 19c0-3 2.4-5.3 5.5-5.3s5.5 2.3 5.5 5.3M15.6 5.3a3.1 3.1 0 0 1 0 5.7M17 13.9c2.1.6 3.5 2.6 3.5 5.1",
  nothing: "M10.8 4.5a6.3 6.3 0 1 1 0 12.6 6.3 6.3 0 0 1 0-12.6zM15.5 15.5l4.2 4.2M8.6 8.6l4.4 4.4M13 8.6l-4.4 4.4",
  locked: "M6.5 11h11a.8.8 0 0 1 .8.8v6.9a.8.8 0 0 1-.8.8h-11a.8.8 0 0 1-.8-.8v-6.9a.8.8 0 0 1 .8-.8zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  shelf: "M4.5 19.5h15M6.5 19.5v-14M10.5 19.5v-14M14.3 6l4.2 13.2",
};

/** @typedef {keyof typeof PATHS} IconName */

const SVG = "http://www.w3.org/2000/svg";

/** @param {IconName} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.dataset["icon"] = name;
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
