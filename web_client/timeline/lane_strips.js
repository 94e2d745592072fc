// The lanes that are not curves, as canvases that are moved: one for each.

import { made } from "./build.js";
import { LanePainter } from "./lane_painter.js";
import { Strip } from "./strip.js";

/** @typedef {import("./layout.js").Lane} Lane */
/** @typedef {import("./lane_painter.js").Scene} Scene */
/** @typedef {import("./view.js").Stretch} Stretch */

export class LaneStrips {
  element = made("div", "lane-stack");
  /** @type {Strip[]} */
  strips = [];
  #scene;
  #shape = "";
  /** @type {readonly Lane[]} */
  #lanes = [];
  /** @type {Map<string, number>} */
  #widths = new Map();

  /** @param {(stretch: Stretch) => Scene} scene what there is to draw */
  constructor(scene) {
    this.#scene = scene;
  }

  /** @param {readonly Lane[]} lanes */
  lay(lanes) {
    this.#lanes = lanes;
    const shape = JSON.stringify(lanes.map((lane) => [lane.kind, lane.height_px, lane.kind === "moments" && lane.words]));
    if (shape === this.#shape) return this.outdate();
    this.#shape = shape;
    const grounds = lanes.map((lane, index) => {
      const canvas = made("canvas", "lane-canvas");
      const pen = canvas.getContext("2d");
      if (!pen) throw new Error("no canvas to draw on");
      const painter = new LanePainter(pen, this.#widths);
      this.strips[index] = new Strip(canvas, (stretch) => this.#draw(index, canvas, pen, painter, stretch));
      const ground = made("div", `lane ${lane.kind}-lane`, canvas);
      if (lane.kind === "moments" && lane.rows.length === 0) ground.append(made("p", "empty", lane.words));
      ground.style.height = `${lane.height_px}px`;
      return ground;
    });
    this.strips.length = lanes.length;
    this.element.replaceChildren(...grounds);
  }

  outdate() {
    for (const strip of this.strips) strip.outdate();
  }

  /**
   * @param {number} index
   * @param {HTMLCanvasElement} canvas
   * @param {CanvasRenderingContext2D} pen
   * @param {LanePainter} painter
   * @param {Stretch} stretch
   */
  #draw(index, canvas, pen, painter, stretch) {
    const lane = this.#lanes[index];
    if (!lane) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(stretch.width_px * ratio), Math.round(lane.height_px * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${stretch.width_px}px`;
      canvas.style.height = `${lane.height_px}px`;
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    painter.paint(this.#scene(stretch), lane);
  }
}
