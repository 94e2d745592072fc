// Mouse, touch, wheel and keys on the lanes.

import { Scrub } from "./scrub.js";

/** @typedef {import("./view.js").View} View */

/** From here on a press is a drag. */
const DRAG_PX = 3;

/** A region that is shorter came from a hand that trembled. */
const SHORTEST_REGION_S = 0.2;

const KEY_ZOOM = 1.5;

/** Of the view, from one page to the next. */
const PAGE_SHARE = 0.9;

/**
 * @typedef {object} Timeline what hands do
 * @property {() => View} view
 * @property {(view: View) => void} look by hand
 * @property {import("./scrub.js").Stage} stage
 * @property {(region: [number, number] | null) => void} sketch a region while it is drawn; null: it was not meant
 * @property {(region: [number, number]) => void} repeat
 * @property {(x_px: number | null, y_px: number) => void} hover null: the pointer left
 * @property {(direction: 1 | -1) => void} toMoment
 * @property {() => number} seen_s
 */

/**
 * @param {HTMLElement} ground the lanes
 * @param {Timeline} timeline
 */
export function bindHands(ground, timeline) {
  const scrub = new Scrub(timeline.stage);
  /** @type {Map<number, number>} places of fingers */
  const fingers = new Map();
  /** @type {"none" | "scrub" | "region" | "pan" | "pinch"} */
  let doing = "none";
  let pressed_px = 0;
  let pressed_s = 0;
  let isDrag = false;
  /** @type {[number, number]} */
  let pinched_s = [0, 0];

  const xOf = (/** @type {MouseEvent} */ event) => event.clientX - ground.getBoundingClientRect().left;
  const places = () => /** @type {[number, number]} */ ([...fingers.values()].sort((a, b) => a - b));

  ground.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    event.preventDefault();
    const x = xOf(event);
    const view = timeline.view();
    ground.setPointerCapture(event.pointerId);
    timeline.hover(null, 0);
    if (event.pointerType === "touch") fingers.set(event.pointerId, x);
    if (fingers.size === 2) {
      if (doing === "scrub") scrub.release();
      doing = "pinch";
      const [from, to] = places();
      pinched_s = [view.timeAt(from), view.timeAt(to)];
      return;
    }
    if (doing !== "none") return;
    pressed_px = x;
    pressed_s = view.timeAt(x);
    isDrag = false;
    doing = event.button === 1 || event.altKey ? "pan" : event.shiftKey ? "region" : "scrub";
    if (doing === "scrub") scrub.press(pressed_s);
  });

  ground.addEventListener("pointermove", (event) => {
    const x = xOf(event);
    const view = timeline.view();
    if (doing === "none") {
      if (event.pointerType !== "touch") timeline.hover(x, event.clientY - ground.getBoundingClientRect().top);
      return;
    }
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, x);
    if (doing === "pinch") {
      if (fingers.size === 2) timeline.look(view.pinched(pinched_s, places()));
      return;
    }
    if (Math.abs(x - pressed_px) >= DRAG_PX) isDrag = true;
    if (!isDrag) return;
    if (doing === "pan") {
      timeline.look(view.scrolled(pressed_s - (view.start_s + x / (view.pixelsPerSecond || 1))));
    } else {
      const beyond_px = x < 0 ? x : Math.max(0, x - view.width_px);
      if (beyond_px && !view.isWhole) timeline.look(view.scrolled((beyond_px * 0.4) / view.pixelsPerSecond));
      const time_s = timeline.view().timeAt(Math.min(Math.max(x, 0), view.width_px));
      if (doing === "scrub") scrub.move(time_s);
      else timeline.sketch([Math.min(pressed_s, time_s), Math.max(pressed_s, time_s)]);
    }
  });

  const end = (/** @type {PointerEvent} */ event) => {
    fingers.delete(event.pointerId);
    if (doing === "pinch") {
      if (fingers.size === 0) doing = "none";
      return;
    }
    if (doing === "scrub") scrub.release();
    if (doing === "region") {
      const time_s = timeline.view().timeAt(xOf(event));
      /** @type {[number, number]} */
      const region = [Math.min(pressed_s, time_s), Math.max(pressed_s, time_s)];
      const isMeant = event.type === "pointerup" && region[1] - region[0] >= SHORTEST_REGION_S;
      if (isMeant) timeline.repeat(region);
      else timeline.sketch(null);
    }
    doing = "none";
  };
  ground.addEventListener("pointerup", end);
  ground.addEventListener("pointercancel", end);
  ground.addEventListener("pointerleave", () => timeline.hover(null, 0));

  ground.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const view = timeline.view();
      const unit_px = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
      const [across, down] = [event.deltaX * unit_px, event.deltaY * unit_px];
      const scroll_px = event.shiftKey ? across || down : Math.abs(across) > Math.abs(down) ? across : 0;
      if (scroll_px && !event.ctrlKey) timeline.look(view.scrolled(scroll_px / (view.pixelsPerSecond || 1)));
      // A pinch on a touch pad comes as small turns of the wheel with Ctrl.
      else timeline.look(view.zoomed(Math.exp(-down * (event.ctrlKey ? 0.012 : 0.0022)), view.timeAt(xOf(event))));
    },
    { passive: false },
  );

  ground.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const view = timeline.view();
    const seen_s = timeline.seen_s();
    const about_s = view.shows(seen_s) ? seen_s : view.start_s + view.span_s / 2;
    const page_s = PAGE_SHARE * view.span_s;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowUp: () => timeline.look(view.zoomed(KEY_ZOOM, about_s)),
      ArrowDown: () => timeline.look(view.zoomed(1 / KEY_ZOOM, about_s)),
      "+": () => timeline.look(view.zoomed(KEY_ZOOM, about_s)),
      "=": () => timeline.look(view.zoomed(KEY_ZOOM, about_s)),
      "-": () => timeline.look(view.zoomed(1 / KEY_ZOOM, about_s)),
      PageUp: () => timeline.look(view.scrolled(-page_s)),
      PageDown: () => timeline.look(view.scrolled(page_s)),
      Escape: () => timeline.look(view.whole()),
      n: () => timeline.toMoment(1),
      N: () => timeline.toMoment(-1),
    };
    const act = keys[event.key];
    if (!act) return; // Space, arrows, Home and End are the page's own keys.
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}
