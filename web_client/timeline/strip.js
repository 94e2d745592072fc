// One lane's drawing, wider than what is seen: scrolled it is only moved, and drawn anew ahead of the hand.

import { Stretch } from "./view.js";

/** @typedef {import("./view.js").View} View */

/** On either side of the view, as a share of its width, is drawn what a hand that scrolls comes to. */
const MARGIN = 1;

/** Canvases that are wider are refused by some browsers and graphics cards. */
const WIDEST_PX = 8192;

/** With less than this share of the margin left, it is drawn anew as soon as there is time. */
const LOW = 0.5;

/**
 * @param {View} view
 * @param {number} ratio pixels of the screen in a CSS pixel
 * @returns {number} CSS pixels beside the view that are drawn with it
 */
export function marginOf(view, ratio) {
  return Math.max(0, Math.min(MARGIN * view.width_px, (WIDEST_PX / ratio - view.width_px) / 2 - 2));
}

/**
 * Where the view begins, on whole pixels of the screen: pictures that move by parts of them are blurred.
 * @param {View} view
 * @param {number} ratio pixels of the screen in a CSS pixel
 */
export function firstOf(view, ratio) {
  return Math.round(view.start_s * view.pixelsPerSecond * ratio) / ratio;
}

/**
 * @param {View} view
 * @param {number} ratio
 * @param {number} margin_px
 * @returns {Stretch} what to draw: whole pixels, and none before the beginning and behind the end
 */
export function stretchOf(view, ratio, margin_px) {
  const scale = view.pixelsPerSecond || 1;
  const first = firstOf(view, ratio);
  const all_px = Math.ceil(view.duration_s * scale);
  const from_px = Math.floor(Math.max(0, first - margin_px));
  const to_px = Math.ceil(Math.max(Math.min(all_px, first + view.width_px + margin_px), first + view.width_px));
  const width_px = to_px - from_px;
  return new Stretch(view.duration_s, width_px, from_px / scale, width_px / scale);
}

/**
 * What has to be done before a drawing shows a view.
 * @param {Stretch | null} drawn
 * @param {View} view
 * @param {number} ratio
 * @param {boolean} isOld there is something newer to draw
 * @returns {"draw" | "soon" | "move"} draw it now; move it, and draw it when there is time; or move it only
 */
export function needOf(drawn, view, ratio, isOld) {
  if (!drawn || Math.abs(drawn.pixelsPerSecond / view.pixelsPerSecond - 1) > 1e-9) return "draw";
  const before = view.xAt(view.start_s) - view.xAt(drawn.start_s);
  const after = view.xAt(drawn.end_s) - view.width_px;
  if (before < -1 || after < -1) return "draw";
  const enough = LOW * marginOf(view, ratio);
  const isShort = (before < enough && drawn.start_s > 0) || (after < enough && drawn.end_s < view.duration_s);
  return isOld || isShort ? "soon" : "move";
}

/** A drawing that is moved to where the view is. */
export class Strip {
  /** @type {Stretch | null} */
  #drawn = null;
  #isOld = true;
  #draw;

  /**
   * @param {HTMLElement | SVGElement} element is moved
   * @param {(stretch: Stretch) => void} draw
   */
  constructor(element, draw) {
    this.element = element;
    this.#draw = draw;
  }

  /** There is something newer to draw. */
  outdate() {
    this.#isOld = true;
  }

  /**
   * @param {View} view
   * @param {number} ratio
   */
  needs(view, ratio) {
    return needOf(this.#drawn, view, ratio, this.#isOld);
  }

  /**
   * @param {View} view
   * @param {number} ratio
   * @param {number} margin_px
   */
  draw(view, ratio, margin_px) {
    this.#drawn = stretchOf(view, ratio, margin_px);
    this.#isOld = false;
    this.#draw(this.#drawn);
  }

  /**
   * @param {View} view
   * @param {number} ratio
   */
  move(view, ratio) {
    const x = this.#drawn ? Math.round(this.#drawn.start_s * view.pixelsPerSecond) - firstOf(view, ratio) : 0;
    this.element.style.transform = `translateX(${x}px)`;
  }
}

/**
 * Shows a view on all strips. What can wait is drawn one strip at a time: a hand that scrolls sees no pause.
 * @param {readonly Strip[]} strips
 * @param {View} view
 * @param {number} ratio pixels of the screen in a CSS pixel
 * @returns {boolean} something waits to be drawn
 */
export function showOn(strips, view, ratio) {
  const urgent = strips.filter((strip) => strip.needs(view, ratio) === "draw");
  for (const strip of urgent) strip.draw(view, ratio, 0);
  const waiting = strips.filter((strip) => strip.needs(view, ratio) === "soon");
  if (urgent.length === 0) waiting.shift()?.draw(view, ratio, marginOf(view, ratio));
  for (const strip of strips) strip.move(view, ratio);
  return waiting.length > 0;
}
