// Ruler, voices, words and annotations, each drawn on a canvas of its own.

import { speechDetail } from "./layout.js";
import { firstAfter, joined, visible } from "./spans.js";
import { ticksOf, tickStep, tickText } from "./ticks.js";
import { columnsOf } from "./waveform.js";

/** @typedef {import("./view.js").Stretch} Stretch */
/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./layout.js").Lane} Lane */
/** @typedef {import("./waveform.js").Wave} Wave */
/** @typedef {import("./palette.js").Palette} Palette */

/**
 * @typedef {object} Scene
 * @property {Stretch} view all that is drawn, seen or not
 * @property {readonly Facts[]} people
 * @property {readonly ("left" | "right")[]} sides of the people
 * @property {readonly {wave: Wave | null, start_s: number, end_s: number}[][]} waves of each person, from left to right
 * @property {readonly number[]} loudness of each person
 * @property {[number, number][]} buffered empty once everything is here
 * @property {Palette} palette
 */

const WORDS_PX = 17;
const MARK_PX = 4;

/** In less room no more than a letter or two would be left of a text that is cut. */
const LEAST_CUT_PX = 30;

/** So far an utterance goes on beyond its end if nothing follows. */
const TAIL_S = 1;

export class LanePainter {
  #pen;
  /** By font and text. @type {Map<string, number>} */
  #widths;

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Map<string, number>} widths of texts, shared by all lanes
   */
  constructor(pen, widths) {
    this.#pen = pen;
    this.#widths = widths;
  }

  /**
   * @param {Scene} scene
   * @param {Lane} lane
   */
  paint(scene, lane) {
    const { view, palette } = scene;
    this.#pen.clearRect(0, 0, view.width_px, lane.height_px);
    if (lane.kind === "ruler") this.#ruler(view, palette, lane.height_px);
    else if (lane.kind === "voice") this.#voice(scene, lane.person, lane.height_px);
    else this.#moments(scene, lane.rows, lane.height_px);
    this.#missing(scene, lane.height_px);
  }

  /**
   * @param {Stretch} view
   * @param {Palette} palette
   * @param {number} height_px
   */
  #ruler(view, palette, height_px) {
    const pen = this.#pen;
    const { step_s } = tickStep(view.pixelsPerSecond);
    pen.font = palette.small;
    pen.textBaseline = "middle";
    for (const { time_s, isWritten } of ticksOf(view)) {
      const x = Math.round(view.xAt(time_s));
      pen.fillStyle = palette.faint;
      const length = isWritten ? height_px : 5;
      pen.fillRect(x, height_px - length, 1, length);
      if (!isWritten) continue;
      pen.fillStyle = palette.soft;
      pen.fillText(tickText(time_s, step_s), x + 5, height_px / 2);
    }
    this.#underline(view, palette, height_px);
  }

  /**
   * @param {Scene} scene
   * @param {number} person
   * @param {number} height_px
   */
  #voice(scene, person, height_px) {
    const { view, palette } = scene;
    const facts = scene.people[person];
    const side = scene.sides[person] ?? "left";
    if (!facts) return;
    const pen = this.#pen;
    const detail = facts.words?.length ? speechDetail(view.pixelsPerSecond) : "none";
    this.#grid(view, palette, height_px);
    this.#underline(view, palette, height_px);
    const gap_s = 1 / (view.pixelsPerSecond || 1);
    pen.fillStyle = palette[side].wash;
    for (const { start_s, end_s } of joined(visible(facts.voice ?? [], view.start_s, view.end_s), gap_s)) {
      const [x, width] = [view.xAt(start_s), (end_s - start_s) * view.pixelsPerSecond];
      this.#box(x, 3, width, height_px - 7);
    }
    const wave_px = height_px - 8 - (detail === "none" ? 0 : WORDS_PX - 2);
    this.#wave(scene, person, 4, wave_px, palette[side].wave);
    if (detail !== "none") this.#speech(scene, facts, detail, side, height_px - 5 - WORDS_PX / 2);
    pen.fillStyle = palette.bad;
    for (const { start_s, end_s } of joined(visible(facts.marks ?? [], view.start_s, view.end_s), gap_s)) {
      pen.fillRect(view.xAt(start_s), 0, Math.max(1.5, (end_s - start_s) * view.pixelsPerSecond), MARK_PX);
    }
  }

  /**
   * A column of the screen each: outlines take ten times as long where no graphics card draws.
   * @param {Scene} scene
   * @param {number} person
   * @param {number} top_px
   * @param {number} height_px
   * @param {string} colour
   */
  #wave({ view, waves, loudness }, person, top_px, height_px, colour) {
    const pen = this.#pen;
    const ratio = pen.getTransform().a;
    const middle = top_px + height_px / 2;
    const scale = height_px / 2 / (loudness[person] || 1);
    const least = 0.5 / ratio;
    pen.fillStyle = colour;
    for (const { wave, start_s, end_s } of waves[person] ?? []) {
      if (!wave) continue;
      const from = Math.max(0, Math.round(view.xAt(start_s) * ratio));
      const to = Math.min(Math.round(view.xAt(end_s) * ratio), Math.round(view.width_px * ratio));
      if (to <= from) continue;
      const columns = columnsOf(wave, view.timeOf(from / ratio), 1 / ratio / view.pixelsPerSecond, to - from);
      for (let column = 0; column < to - from; column += 1) {
        const low = Math.max(-height_px / 2, Math.min(-least, (columns[2 * column] ?? 0) * scale));
        const high = Math.min(height_px / 2, Math.max(least, (columns[2 * column + 1] ?? 0) * scale));
        pen.fillRect((from + column) / ratio, middle - high, 1 / ratio, high - low);
      }
    }
  }

  /**
   * @param {Scene} scene
   * @param {Facts} facts
   * @param {"words" | "utterances"} detail
   * @param {"left" | "right"} side
   * @param {number} y_px
   */
  #speech({ view, palette }, facts, detail, side, y_px) {
    const pen = this.#pen;
    pen.font = palette.text;
    pen.textBaseline = "middle";
    pen.fillStyle = palette[side].text;
    const said = (detail === "words" ? facts.words : facts.utterances) ?? [];
    for (let index = Math.max(0, firstAfter(said, view.start_s) - 1); index < said.length; index += 1) {
      const one = /** @type {import("./facts.js").Said} */ (said[index]);
      if (one.start_s > view.end_s) break;
      const next_s = said[index + 1]?.start_s ?? Infinity;
      const x = view.xAt(one.start_s) + 2;
      const end_s = detail === "words" ? next_s : Math.min(next_s, one.end_s + TAIL_S);
      this.#fit(one.text, x, y_px, view.xAt(end_s) - x - 3);
    }
  }

  /**
   * @param {Scene} scene
   * @param {{person: number, moments: import("./facts.js").Moment[]}[]} rows
   * @param {number} height_px
   */
  #moments({ view, palette, sides }, rows, height_px) {
    const pen = this.#pen;
    this.#grid(view, palette, height_px);
    pen.font = palette.text;
    pen.textBaseline = "middle";
    const row_px = (height_px - 4) / Math.max(1, rows.length);
    rows.forEach(({ person, moments }, number) => {
      const y = 2 + number * row_px;
      const colours = palette[sides[person] ?? "left"];
      const seen = visible(moments, view.start_s, view.end_s);
      seen.forEach(({ start_s, end_s, text }, index) => {
        const x = view.xAt(start_s);
        // More than there are rows for: the next one lies over the rest of this one.
        const until_s = Math.min(end_s, seen[index + 1]?.start_s ?? Infinity);
        const width = Math.max(3, (until_s - start_s) * view.pixelsPerSecond);
        pen.fillStyle = colours.wash;
        this.#box(x, y + 1, width - 1, row_px - 2);
        pen.fillStyle = colours.wave;
        pen.fillRect(x, y + 1, 2, row_px - 2);
        pen.fillStyle = colours.text;
        this.#fit(text, x + 7, y + row_px / 2, width - 11);
      });
    });
  }

  /**
   * @param {Scene} scene
   * @param {number} height_px
   */
  #missing({ view, buffered, palette }, height_px) {
    if (buffered.length === 0) return;
    const pen = this.#pen;
    pen.fillStyle = palette.veil;
    let from_s = view.start_s;
    for (const [start_s, end_s] of [...buffered, /** @type {const} */ ([view.end_s, view.end_s])]) {
      const [x, until] = [view.xAt(from_s), view.xAt(Math.min(start_s, view.end_s))];
      if (until > x) pen.fillRect(x, 0, until - x, height_px);
      from_s = Math.max(from_s, end_s);
    }
  }

  /**
   * @param {Stretch} view
   * @param {Palette} palette
   * @param {number} height_px
   */
  #grid(view, palette, height_px) {
    this.#pen.fillStyle = palette.line;
    for (const { time_s, isWritten } of ticksOf(view)) {
      if (isWritten) this.#pen.fillRect(Math.round(view.xAt(time_s)), 0, 1, height_px);
    }
  }

  /**
   * @param {Stretch} view
   * @param {Palette} palette
   * @param {number} height_px
   */
  #underline(view, palette, height_px) {
    this.#pen.fillStyle = palette.line;
    this.#pen.fillRect(0, height_px - 1, view.width_px, 1);
  }

  /**
   * Round where that can be seen.
   * @param {number} x_px
   * @param {number} y_px
   * @param {number} width_px
   * @param {number} height_px
   */
  #box(x_px, y_px, width_px, height_px) {
    const pen = this.#pen;
    if (width_px < 10) {
      pen.fillRect(x_px, y_px, Math.max(1, width_px), height_px);
      return;
    }
    pen.beginPath();
    pen.roundRect(x_px, y_px, width_px, height_px, 4);
    pen.fill();
  }

  /**
   * Text in the room that it has: cut with an ellipsis, or left out where hardly anything could be read.
   * @param {string} text
   * @param {number} x_px
   * @param {number} y_px
   * @param {number} room_px
   */
  #fit(text, x_px, y_px, room_px) {
    if (room_px < 9) return;
    if (this.#widthOf(text) <= room_px) {
      this.#pen.fillText(text, x_px, y_px);
      return;
    }
    if (room_px < LEAST_CUT_PX) return;
    let length = Math.min(text.length, Math.floor(room_px / 4));
    while (length > 1 && this.#widthOf(`${text.slice(0, length)}…`) > room_px) length -= 1;
    this.#pen.fillText(`${text.slice(0, length)}…`, x_px, y_px);
  }

  /** @param {string} text */
  #widthOf(text) {
    const key = this.#pen.font + text;
    let width = this.#widths.get(key);
    if (width === undefined) {
      width = this.#pen.measureText(text).width;
      if (this.#widths.size > 8000) this.#widths.clear();
      this.#widths.set(key, width);
    }
    return width;
  }
}
