// The timeline: one view of time over all lanes, drawn when something changed and no more often than the screen.

import { spokenTime } from "../time_text.js";
import { made } from "./build.js";
import { CURVE_PX, CurveLanes } from "./curve_lanes.js";
import { speakersAt } from "./facts.js";
import { Hover, wordsFor } from "./hover.js";
import { label } from "./labels.js";
import { LaneStrips } from "./lane_strips.js";
import { layoutOf } from "./layout.js";
import { paletteOf } from "./palette.js";
import { PlayheadMark } from "./playhead_mark.js";
import { RegionMark } from "./region.js";
import { Sources } from "./sources.js";
import { showOn } from "./strip.js";
import { View } from "./view.js";
import { loudnessOf, sizesOf } from "./waveform.js";

/** @typedef {import("../messages.d.ts").PersonShown} PersonShown */
/** @typedef {import("./region.js").Region} Region */

/** Between two pictures of a stage that plays; a longer step is a seek. */
const STEP_S = 1.2;

/**
 * @typedef {object} Around what lies round the lanes and shows the same view
 * @property {import("./overview.js").Overview} overview
 * @property {(view: View, region: Region | null) => void} viewed
 * @property {(features: any, trouble: string) => void} featured
 * @property {(name: string) => void} removeCurve
 */

export class Timeline {
  ground = made("div", "lanes");
  labels = made("div", "lane-labels");
  hover = new Hover();
  view = new View(0, 1);
  /** @type {Sources | null} */
  sources = null;
  /** @type {Region | null} */
  region = null;
  seen_s = 0;
  #stack = new LaneStrips((stretch) => this.#scene(stretch));
  #curveGround = made("div", "curve-lanes");
  #curves = new CurveLanes(this.#curveGround, (stretch) => ({
    drawn: this.sources?.curves.at(stretch) ?? [],
    all: this.sources?.curves.root ?? null,
  }));
  #playhead = new PlayheadMark();
  #palette = paletteOf(document.documentElement);
  #mark;
  #around;
  /** @type {readonly PersonShown[]} */
  #people = [];
  /** @type {readonly string[]} */
  #names = [];
  /** @type {[number, number][]} */
  #buffered = [];
  /** @type {import("./layout.js").Lane[]} */
  #lanes = [];
  #lanes_px = 0;
  /** @type {number[]} */
  #loudness = [];
  /** The content the overview was drawn from. @type {unknown} */
  #overviewOf = null;
  #frame = 0;
  #isShown = false;
  #spoken = "";

  /**
   * @param {Around} around
   * @param {(region: Region) => void} repeat
   */
  constructor(around, repeat) {
    this.#around = around;
    this.#mark = new RegionMark(
      () => this.view,
      (region) => this.sketch(region),
      repeat,
    );
    this.ground.tabIndex = 0;
    this.ground.setAttribute("role", "slider");
    this.ground.setAttribute("aria-label", "Timeline");
    this.ground.setAttribute("aria-valuemin", "0");
    this.ground.append(this.#stack.element, this.#curveGround, this.#mark.element, this.hover.line, this.#playhead.element);
    new ResizeObserver(() => this.#fit()).observe(this.ground);
  }

  /**
   * Another interaction, or the same one after a loss.
   * @param {string} key
   * @param {readonly PersonShown[]} people
   * @param {number} duration_s
   */
  open(key, people, duration_s) {
    if (this.sources?.key === key && this.view.duration_s === duration_s) return;
    this.sources?.close();
    this.#people = people;
    this.#buffered = [];
    this.#overviewOf = null;
    this.#loudness = [];
    this.view = new View(duration_s, this.view.width_px);
    this.ground.setAttribute("aria-valuemax", duration_s.toFixed(2));
    this.sources = new Sources(key, people, this.#names, (what) => this.#arrived(what));
    this.#curves.choose(this.#names, this.#sides, this.#palette, true);
    this.#arrived("facts");
  }

  /** @param {readonly string[]} names of curves */
  choose(names) {
    this.#names = [...names];
    this.sources?.choose(names);
    if (this.sources) this.#curves.choose(names, this.#sides, this.#palette, false);
    this.#label();
    this.#arrived("curves");
  }

  /** @param {[number, number][]} buffered */
  buffer(buffered) {
    if (JSON.stringify(buffered) === JSON.stringify(this.#buffered)) return;
    this.#buffered = buffered;
    this.sources?.arrived(buffered);
    this.#stack.outdate();
    this.paint();
  }

  /** @param {Region | null} region */
  sketch(region) {
    this.region = region;
    this.paint();
  }

  /** @param {View} view */
  look(view) {
    if (view.equals(this.view)) return;
    this.view = view;
    this.hover.hide();
    this.paint();
  }

  /**
   * The moment that is on the screen.
   * @param {number} time_s
   * @param {boolean} isHeld a hand has hold of it: the view stays
   */
  pass(time_s, isHeld) {
    const before_s = this.seen_s;
    this.seen_s = time_s;
    if (!this.#isShown) return;
    const isStep = Math.abs(time_s - before_s) <= STEP_S;
    if (!isHeld) this.look(isStep ? this.view.followed(before_s, time_s) : this.view.revealing(time_s));
    this.#movePlayhead();
  }

  /** @param {boolean} isShown */
  shown(isShown) {
    this.#isShown = isShown;
    this.hover.hide();
    if (!isShown) return;
    this.look(this.view.revealing(this.seen_s));
    this.paint();
  }

  /** The page became light or dark. */
  dress() {
    this.#palette = paletteOf(document.documentElement);
    this.#curves.dress(this.#palette);
    this.#stack.outdate();
    this.#outdateCurves();
    if (this.sources?.waves.root) this.#weigh(this.sources.waves.root);
    this.paint();
  }

  /** Draws before the next picture of the screen. */
  paint() {
    if (this.#frame || !this.#isShown) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  /**
   * @param {number | null} x_px
   * @param {number} y_px
   */
  point(x_px, y_px) {
    if (x_px === null || !this.sources) return this.hover.hide();
    const time_s = this.view.timeAt(x_px);
    const drawn = this.sources.curves.at(this.view);
    const lines = wordsFor({
      time_s,
      pixelsPerSecond: this.view.pixelsPerSecond,
      lanes: this.#lanes,
      people: this.sources.facts,
      names: this.#people,
      y_px,
      curve: this.#names[Math.floor((y_px - this.#lanes_px) / CURVE_PX)] ?? null,
      curves: drawn.find(({ start_s, end_s }) => start_s <= time_s && time_s < end_s)?.content ?? null,
    });
    this.hover.show(lines, x_px, this.ground.getBoundingClientRect());
  }

  get #sides() {
    return this.#people.map(({ side }) => side);
  }

  #fit() {
    const width_px = this.ground.clientWidth;
    if (width_px < 1) return;
    this.view = this.view.ofWidth(width_px);
    this.paint();
  }

  /** @param {"facts" | "features" | "waves" | "curves"} what came */
  #arrived(what) {
    const { sources } = this;
    if (!sources) return;
    if (what === "facts") {
      const { lanes, height_px } = layoutOf(sources.facts);
      this.#lanes = lanes;
      this.#lanes_px = height_px;
      this.#stack.lay(lanes);
      this.#label();
    }
    if (what === "waves") {
      const whole = sources.waves.root;
      if (whole && whole !== this.#overviewOf) this.#weigh(whole);
      this.#stack.outdate();
    }
    if (what === "curves") this.#outdateCurves();
    this.#around.featured(sources.features, sources.featuresTrouble);
    this.paint();
  }

  #outdateCurves() {
    for (const strip of this.#curves.strips) strip.outdate();
  }

  /** @param {readonly (import("./waveform.js").Wave | null)[]} whole */
  #weigh(whole) {
    this.#overviewOf = whole;
    this.#loudness = whole.map((wave) => (wave ? loudnessOf(wave) : 1));
    const voices = whole.map((wave) => (wave ? sizesOf(wave) : new Float32Array(2)));
    this.#around.overview.draw(voices, this.#sides, this.view.duration_s, this.#palette);
  }

  #label() {
    const shown = {
      lanes: this.#lanes,
      people: this.sources?.facts ?? [],
      names: this.#people,
      curves: this.#names,
      duration_s: this.view.duration_s,
      trouble: this.sources?.trouble ?? "",
    };
    label(this.labels, shown, this.#around.removeCurve);
  }

  /**
   * @param {import("./view.js").Stretch} stretch
   * @returns {import("./lane_painter.js").Scene}
   */
  #scene(stretch) {
    return {
      view: stretch,
      people: this.sources?.facts ?? [],
      sides: this.#sides,
      waves: this.sources?.wavesOf(stretch) ?? [],
      loudness: this.#loudness,
      buffered: this.#buffered,
      palette: this.#palette,
    };
  }

  #paint() {
    const { view } = this;
    if (!this.sources || view.width_px < 2) return;
    const strips = [...this.#stack.strips, ...this.#curves.strips];
    const isMore = showOn(strips, view, window.devicePixelRatio || 1);
    this.#mark.show(this.region, view);
    this.#around.viewed(view, this.region);
    this.#movePlayhead();
    if (isMore) this.paint();
  }

  #movePlayhead() {
    const { view, seen_s } = this;
    if (!this.#playhead.show(view, seen_s)) return;
    this.#around.overview.play(seen_s, view);
    const words = [spokenTime(seen_s), ...speakersAt(this.#people, this.sources?.facts ?? [], seen_s)].join(", ");
    if (words === this.#spoken) return;
    this.#spoken = words;
    this.ground.setAttribute("aria-valuenow", seen_s.toFixed(2));
    this.ground.setAttribute("aria-valuetext", words);
  }
}
