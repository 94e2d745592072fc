// Finding the parts of index.html, with their types.

/**
 * @template {Element} Kind
 * @param {string} id
 * @param {new () => Kind} kind such as HTMLButtonElement
 * @returns {Kind}
 */
export function part(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html lacks <${kind.name} id="${id}">`);
  return element;
}

/**
 * Writes only what is new: a screen reader announces a live region, and the layout runs, at every write.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Shows one of the symbols of index.html in a button.
 * @param {Element} button
 * @param {string} symbol
 */
export function setIcon(button, symbol) {
  const use = button.querySelector("use");
  if (use && use.getAttribute("href") !== `#${symbol}`) use.setAttribute("href", `#${symbol}`);
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * One of the symbols of index.html, as a picture that is not read out.
 * @param {string} symbol
 */
export function icon(symbol) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${symbol}`);
  svg.append(use);
  return svg;
}
