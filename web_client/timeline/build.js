// Small pieces of the page, built in one expression each.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function made(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** Symbols of this panel, as paths in a square of 24. */
const SHAPES = {
  nearer: "M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l4.5 4.5M10.5 8v5M8 10.5h5",
  further: "M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l4.5 4.5M8 10.5h5",
  whole: "M4 7v10M20 7v10M7.5 12h9M9.5 9.5L7 12l2.5 2.5M14.5 9.5L17 12l-2.5 2.5",
  before: "M15 6l-6 6 6 6M6.5 6v12",
  after: "M9 6l6 6-6 6M17.5 6v12",
  loop: "M4.5 11V9.8A2.8 2.8 0 0 1 7.3 7H18M15.4 4l3 3-3 3M19.5 13v1.2a2.8 2.8 0 0 1-2.8 2.8H6M8.6 20l-3-3 3-3",
  curves: "M3.5 16c3 0 3-8 6-8s3 8 5.5 8 2.5-5 5.5-5",
  remove: "M8 8l8 8M16 8l-8 8",
};

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {keyof typeof SHAPES} shape
 * @returns {SVGSVGElement}
 */
export function symbol(shape) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[shape]);
  picture.append(path);
  return picture;
}

/**
 * @param {keyof typeof SHAPES} shape
 * @param {string} words what it does, for who cannot see the symbol
 * @param {string} tip the same with its key
 * @param {() => void} pressed
 * @returns {HTMLButtonElement}
 */
export function button(shape, words, tip, pressed) {
  const element = made("button", "plain", symbol(shape));
  element.type = "button";
  element.setAttribute("aria-label", words);
  element.title = tip;
  element.addEventListener("click", pressed);
  return element;
}
