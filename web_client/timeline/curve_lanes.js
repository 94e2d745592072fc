// The chosen curves: one lane each, drawn by uPlot, both people over each other.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { nameInWords, rangeOf, together } from "./curve_data.js";
import { Strip } from "./strip.js";

/** @typedef {import("./view.js").Stretch} Stretch */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./curve_data.js").Curves} Curves */
/** @typedef {import("./tile_store.js").Drawn<Curves>} DrawnCurves */

export const CURVE_PX = 40;

/** Room above and below, so that a line at the edge of its range is not cut. */
const MARGIN_PX = 3;

class CurveLane {
  element = document.createElement("div");
  #plot;
  #sides;
  #palette;
  /** @type {[number, number]} */
  #range = [0, 1];

  /**
   * @param {string} name
   * @param {readonly ("left" | "right")[]} sides
   * @param {Palette} palette
   * @param {(stretch: Stretch) => {drawn: readonly DrawnCurves[], all: Curves | null}} drawn what there is to draw
   */
  constructor(name, sides, palette, drawn) {
    this.name = name;
    this.#sides = sides;
    this.#palette = palette;
    this.element.className = "curve";
    this.element.dataset["curve"] = name;
    this.#plot = new uPlot(
      {
        width: 100,
        height: CURVE_PX,
        padding: [MARGIN_PX, 0, MARGIN_PX, 0],
        pxAlign: 0,
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: false, auto: false }, y: { auto: false } },
        series: [
          {},
          ...sides.map((side) => ({
            stroke: () => this.#palette[side].wave,
            width: 1,
            points: { show: false },
          })),
        ],
        hooks: { drawClear: [(plot) => this.#zeroLine(plot)] },
      },
      [[], ...sides.map(() => [])],
      this.element,
    );
    this.strip = new Strip(this.#plot.root, (stretch) => {
      const { drawn: tiles, all } = drawn(stretch);
      this.#draw(stretch, tiles, all);
    });
    this.words = document.createElement("p");
    this.words.className = "empty";
    this.words.hidden = true;
    this.element.append(this.words);
  }

  /** @param {Palette} palette */
  dress(palette) {
    this.#palette = palette;
  }

  /**
   * @param {Stretch} stretch
   * @param {readonly DrawnCurves[]} drawn
   * @param {Curves | null} all over the whole interaction, coarse
   */
  #draw(stretch, drawn, all) {
    this.#range = rangeOf(this.name, all?.get(this.name) ?? []);
    const tables = this.#sides.map((_side, place) =>
      together(drawn.map(({ content, start_s, end_s }) => ({
        curve: content.get(this.name)?.[place] ?? null,
        start_s,
        end_s,
      }))),
    );
    const [min, max] = this.#range;
    this.#plot.batch(() => {
      if (this.#plot.width !== stretch.width_px) this.#plot.setSize({ width: stretch.width_px, height: CURVE_PX });
      this.#plot.setData(uPlot.join(tables), false);
      this.#plot.setScale("y", { min, max });
      this.#plot.setScale("x", { min: stretch.start_s, max: stretch.end_s });
    });
    const isMeasured = all?.get(this.name)?.some((curve) => curve?.values.some((value) => value !== null));
    this.words.hidden = all === null || Boolean(isMeasured);
    this.words.textContent = this.words.hidden ? "" : `${nameInWords(this.name)} was not measured in this recording`;
  }

  close() {
    this.#plot.destroy();
    this.element.remove();
  }

  /** @param {uPlot} plot */
  #zeroLine(plot) {
    const [low, high] = this.#range;
    if (low > 0 || high < 0) return;
    const { ctx } = plot;
    const ratio = devicePixelRatio || 1;
    ctx.fillStyle = this.#palette.line;
    ctx.fillRect(0, Math.round(plot.valToPos(0, "y", true)), plot.width * ratio, ratio);
  }
}

export class CurveLanes {
  /** @type {CurveLane[]} */
  #lanes = [];
  #ground;
  #drawn;

  /**
   * @param {HTMLElement} ground
   * @param {(stretch: Stretch) => {drawn: readonly DrawnCurves[], all: Curves | null}} drawn what there is to draw
   */
  constructor(ground, drawn) {
    this.#ground = ground;
    this.#drawn = drawn;
  }

  /** In their order. */
  get strips() {
    return this.#lanes.map(({ strip }) => strip);
  }

  /**
   * @param {readonly string[]} names
   * @param {readonly ("left" | "right")[]} sides
   * @param {Palette} palette
   * @param {boolean} anew of other people
   */
  choose(names, sides, palette, anew) {
    for (const lane of this.#lanes) if (anew || !names.includes(lane.name)) lane.close();
    const kept = anew ? [] : this.#lanes;
    this.#lanes = names.map(
      (name) => kept.find((lane) => lane.name === name) ?? new CurveLane(name, sides, palette, this.#drawn),
    );
    this.#ground.append(...this.#lanes.map((lane) => lane.element));
  }

  /** @param {Palette} palette */
  dress(palette) {
    for (const lane of this.#lanes) lane.dress(palette);
  }
}
