// The colours of the page for what is drawn on a canvas, where style sheets do not reach.

/**
 * @typedef {object} PersonColours
 * @property {string} wave
 * @property {string} wash behind it
 * @property {string} pale what was not played yet
 * @property {string} text
 */

/**
 * @typedef {object} Palette
 * @property {PersonColours} left
 * @property {PersonColours} right
 * @property {string} soft
 * @property {string} faint
 * @property {string} line
 * @property {string} bad
 * @property {string} veil over what is not here yet
 * @property {string} text a font
 * @property {string} small a font
 */

/**
 * @param {Element} element that has the page's custom properties
 * @returns {Palette}
 */
export function paletteOf(element) {
  const style = getComputedStyle(element);
  const value = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const family = style.fontFamily || "sans-serif";
  const person = (/** @type {"left" | "right"} */ side) => ({
    wave: value(`--${side}`),
    wash: `color-mix(in srgb, ${value(`--${side}`)} 16%, transparent)`,
    pale: `color-mix(in srgb, ${value(`--${side}`)} 45%, ${value("--panel")})`,
    text: value(`--${side}-text`),
  });
  return {
    left: person("left"),
    right: person("right"),
    soft: value("--ink-soft"),
    faint: value("--ink-faint"),
    line: value("--line"),
    bad: value("--bad"),
    veil: `color-mix(in srgb, ${value("--panel")} 70%, transparent)`,
    text: `12px ${family}`,
    small: `11px ${family}`,
  };
}

/**
 * @param {() => void} changed the page became light or dark
 * @returns {() => void} ends it
 */
export function watchTheme(changed) {
  const watcher = new MutationObserver(changed);
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => watcher.disconnect();
}
