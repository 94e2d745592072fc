// One key marks a stretch that is played again and again: its beginning, its end, and away with it.

import { region, regionOff } from "./requests.js";
import { formatTime } from "./time_text.js";

/** @typedef {import("./page.js").Page} Page */

/**
 * @param {Page} page
 * @returns {{press: () => void}}
 */
export function bindRegionKey(page) {
  /** Where the stretch begins that has no end yet. @type {number | null} */
  let begun_s = null;
  const forget = () => (begun_s = null);
  page.on("lost", forget);
  return {
    press() {
      if (!page.status) return;
      if (page.status.region) {
        page.send(regionOff());
        return forget();
      }
      if (begun_s === null) {
        begun_s = page.seen_s();
        page.toast(`The loop begins at ${formatTime(begun_s)}. Press R again where it ends.`);
        return;
      }
      page.send(region(begun_s, page.seen_s(), page.duration_s));
      forget();
    },
  };
}
