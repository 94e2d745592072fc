// The timeline under the picture: tools, the overview, and the lanes.

import { write } from "../elements.js";
import { loadStyle } from "../panels.js";
import { formatTime } from "../time_text.js";
import { button, made } from "./build.js";
import { CurveChooser } from "./chooser.js";
import { choicesOf } from "./curve_data.js";
import { nextMoment_s } from "./facts.js";
import { bindHands } from "./hands.js";
import { Overview } from "./overview.js";
import { watchTheme } from "./palette.js";
import { Sometimes } from "./sometimes.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./region.js").Region} Region */
/** @typedef {import("./view.js").View} View */

const BUTTON_ZOOM = 2;

/** Text that changes with every picture of a hand that scrolls is laid out no more often than it can be read. */
const READABLE_MS = 120;

/**
 * @param {Page} page
 * @param {HTMLElement} dock
 */
export function open(page, dock) {
  let isHeld = false;
  const rangeShown = new Sometimes(READABLE_MS);
  /** Of the curves' names, to offer them once. @type {unknown} */
  let offered;

  const stage = {
    seek: (/** @type {number} */ time_s) => page.seek(time_s),
    holdStill: () => {
      isHeld = true;
      page.holdStill();
    },
    letGo: () => {
      isHeld = false;
      page.letGo();
    },
  };
  /** @type {Overview} */
  const overview = new Overview({
    seek: (time_s) => page.seek(time_s),
    look: (view) => timeline.look(view),
    view: () => timeline.view,
  });
  const chooser = new CurveChooser((names) => timeline.choose(names));

  /** @param {Region} region */
  function repeat([start_s, end_s]) {
    timeline.sketch([start_s, end_s]);
    page.send({ type: "region", start_s: round(start_s), end_s: round(end_s) });
  }

  function toggleRegion() {
    if (timeline.region) page.send({ type: "region_off" });
    else if (!timeline.view.isWhole) repeat([timeline.view.start_s, timeline.view.end_s]);
    else page.toast("Hold Shift and drag over the lanes to repeat a stretch, or zoom in first.");
  }

  /** @param {1 | -1} direction */
  function toMoment(direction) {
    const time_s = nextMoment_s(timeline.sources?.facts ?? [], timeline.seen_s, direction);
    if (time_s !== null) page.seek(time_s);
  }

  /** @param {number} factor */
  function zoom(factor) {
    const { view, seen_s } = timeline;
    timeline.look(view.zoomed(factor, view.shows(seen_s) ? seen_s : view.start_s + view.span_s / 2));
  }

  const nearer = button("nearer", "Nearer", "Nearer  (wheel, or ↑ on the lanes)", () => zoom(BUTTON_ZOOM));
  const further = button("further", "Further", "Further  (wheel, or ↓ on the lanes)", () => zoom(1 / BUTTON_ZOOM));
  const whole = button("whole", "Whole interaction", "Whole interaction  (Esc on the lanes)", () =>
    timeline.look(timeline.view.whole()),
  );
  const before = button("before", "Previous moment", "Previous moment  (Shift N on the lanes)", () => toMoment(-1));
  const after = button("after", "Next moment", "Next moment  (N on the lanes)", () => toMoment(1));
  const loop = button("loop", "Repeat this view", "Repeat this view, or Shift and drag", toggleRegion);
  loop.setAttribute("aria-pressed", "false");
  const range = made("output", "range");
  const tools = made(
    "div",
    "timeline-tools",
    made("div", "tool-group", further, nearer, whole),
    range,
    made("div", "tool-group", before, after, loop),
    chooser.button,
  );
  tools.setAttribute("role", "toolbar");
  tools.setAttribute("aria-label", "Timeline tools");

  /**
   * @param {View} view
   * @param {Region | null} region
   */
  function viewed(view, region) {
    overview.frame(view, region);
    further.disabled = whole.disabled = view.isWhole;
    rangeShown.soon(() => {
      const [start_s, end_s] = region ?? [view.start_s, view.end_s];
      const words = `${formatTime(start_s)} – ${formatTime(end_s)}`;
      write(range, region ? `Repeats ${words}` : words);
    });
    if (loop.getAttribute("aria-pressed") === String(region !== null)) return;
    loop.setAttribute("aria-pressed", String(region !== null));
    const does = region ? "End the repetition" : "Repeat this view";
    loop.setAttribute("aria-label", does);
    loop.title = region ? does : `${does}, or Shift and drag`;
  }

  /**
   * @param {any} features
   * @param {string} trouble
   */
  function featured(features, trouble) {
    const facts = timeline.sources?.facts ?? [];
    before.disabled = after.disabled = !facts.some(({ moments }) => moments?.length);
    const next = features ?? trouble;
    if (next === offered) return;
    offered = next;
    chooser.offer(choicesOf(features), trouble);
  }

  /** @type {Timeline} */
  const timeline = new Timeline(
    { overview, viewed, featured, removeCurve: (name) => chooser.tick(name, false) },
    repeat,
  );
  bindHands(timeline.ground, {
    view: () => timeline.view,
    look: (view) => timeline.look(view),
    stage,
    sketch: (region) => timeline.sketch(region ?? regionOf(page)),
    repeat,
    hover: (x_px, y_px) => timeline.point(x_px, y_px),
    toMoment,
    seen_s: () => timeline.seen_s,
  });
  const room = made("div", "lane-room", timeline.labels, timeline.ground);
  dock.append(made("div", "timeline", tools, overview.element, room), timeline.hover.tip, chooser.list);
  timeline.choose(chooser.chosen);

  page.on("interaction", ({ interaction }) => {
    timeline.open(page.interaction ?? interaction.key, interaction.people, interaction.duration_s);
    timeline.buffer(page.status?.buffered ?? []);
    tools.inert = false;
  });
  page.on("status", (status) => {
    timeline.buffer(status.buffered);
    const region = regionOf(page);
    if (!isHeld && String(region) !== String(timeline.region)) timeline.sketch(region);
  });
  page.on("time", (time_s) => timeline.pass(time_s, isHeld));
  page.on("lost", () => (tools.inert = true));
  watchTheme(() => timeline.dress());
  void loadStyle("/client/timeline/timeline.css").then(() => timeline.paint());
  void loadStyle("/client/vendor/uplot/uPlot.min.css");

  return {
    /** @param {boolean} isShown */
    shown(isShown) {
      timeline.pass(page.seen_s(), isHeld);
      timeline.shown(isShown);
    },
  };
}

/** @param {number} time_s */
const round = (time_s) => Math.round(time_s * 1000) / 1000;

/**
 * @param {Page} page
 * @returns {Region | null}
 */
function regionOf(page) {
  return page.status?.region ?? null;
}
