// The stretch that is repeated: drawn over the lanes, with a handle on either side.

import { formatTime, spokenTime } from "../time_text.js";
import { made } from "./build.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {[number, number]} Region start and end in seconds */

const SHORTEST_S = 0.2;

/**
 * @param {Region} region
 * @param {0 | 1} side which end
 * @param {number} time_s where it is wanted
 * @param {number} duration_s
 * @returns {Region}
 */
export function withEnd([start_s, end_s], side, time_s, duration_s) {
  if (side === 0) return [Math.min(Math.max(time_s, 0), end_s - SHORTEST_S), end_s];
  return [start_s, Math.max(Math.min(time_s, duration_s), start_s + SHORTEST_S)];
}

export class RegionMark {
  element = made("div", "region");
  /** @type {[HTMLElement, HTMLElement]} */
  #handles = [made("span", "region-handle"), made("span", "region-handle")];
  /** @type {Region | null} */
  #region = null;
  #duration_s = 0;

  /**
   * @param {() => View} view
   * @param {(region: Region) => void} sketch while a handle moves
   * @param {(region: Region) => void} repeat
   */
  constructor(view, sketch, repeat) {
    this.element.append(...this.#handles);
    this.element.hidden = true;
    this.#handles.forEach((handle, index) => {
      const side = index === 0 ? 0 : 1;
      handle.tabIndex = 0;
      handle.setAttribute("role", "slider");
      handle.setAttribute("aria-label", side === 0 ? "Beginning of the repeated stretch" : "End of the repeated stretch");
      const moved = (/** @type {PointerEvent} */ event) => {
        const ground = /** @type {HTMLElement} */ (this.element.parentElement);
        const time_s = view().timeAt(event.clientX - ground.getBoundingClientRect().left);
        return this.#region && withEnd(this.#region, side, time_s, view().duration_s);
      };
      handle.addEventListener("pointerdown", (event) => {
        event.stopPropagation();
        handle.setPointerCapture(event.pointerId);
      });
      handle.addEventListener("pointermove", (event) => {
        event.stopPropagation();
        const region = handle.hasPointerCapture(event.pointerId) && moved(event);
        if (region) sketch(region);
      });
      handle.addEventListener("pointerup", (event) => {
        event.stopPropagation();
        const region = moved(event);
        if (region) repeat(region);
      });
      handle.addEventListener("keydown", (event) => {
        const direction = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
        if (!direction || !this.#region) return;
        event.preventDefault();
        event.stopPropagation();
        const by_s = direction * (event.shiftKey ? 1 : 0.1);
        repeat(withEnd(this.#region, side, this.#region[side] + by_s, view().duration_s));
      });
    });
  }

  /**
   * @param {Region | null} region
   * @param {View} view
   */
  show(region, view) {
    this.element.hidden = region === null || region[1] < view.start_s || region[0] > view.end_s;
    if (region) {
      const x = view.xAt(region[0]);
      this.element.style.transform = `translateX(${x}px)`;
      this.element.style.width = `${view.xAt(region[1]) - x}px`;
    }
    if (region === this.#region && view.duration_s === this.#duration_s) return;
    this.#region = region;
    this.#duration_s = view.duration_s;
    if (!region) return;
    this.#handles.forEach((handle, side) => {
      const time_s = region[side] ?? 0;
      handle.setAttribute("aria-valuemin", "0");
      handle.setAttribute("aria-valuemax", view.duration_s.toFixed(2));
      handle.setAttribute("aria-valuenow", time_s.toFixed(2));
      handle.setAttribute("aria-valuetext", spokenTime(time_s));
      handle.title = formatTime(time_s);
    });
  }
}
