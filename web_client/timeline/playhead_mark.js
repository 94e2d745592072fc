// The line over the lanes at the moment that is on the screen.

import { made } from "./build.js";

/** A playhead that moved less than this is not moved: the browser would draw the page again for nothing. */
const SEEN_PX = 0.5;

export class PlayheadMark {
  element = made("div", "playhead");
  #shown_px = NaN;

  /**
   * @param {import("./view.js").View} view
   * @param {number} time_s that is seen
   * @returns {boolean} it moved
   */
  show(view, time_s) {
    const x = view.xAt(time_s);
    if (Math.abs(x - this.#shown_px) < SEEN_PX) return false;
    this.#shown_px = x;
    this.element.hidden = !view.shows(time_s);
    this.element.style.transform = `translateX(${x}px)`;
    return true;
  }
}
