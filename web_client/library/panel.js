// The library: the catalogue to look through, what to play, and what to get.

import { loadStyle } from "../panels.js";
import { Shell } from "./shell.js";

/** @typedef {import("../page.js").Page} Page */

/**
 * @param {Page} page
 * @param {HTMLElement} dock
 */
export function open(page, dock) {
  const shell = new Shell(page, dock);
  const styled = Promise.all(["library.css", "details.css"].map((sheet) => loadStyle(`/client/library/${sheet}`)));
  return {
    /** @param {boolean} isShown */
    shown(isShown) {
      shell.shown(isShown);
      // What is not laid out yet takes no focus.
      if (isShown) void styled.finally(() => shell.begin());
    },
  };
}
