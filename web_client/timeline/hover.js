// What is under the pointer, in words.

import { formatTime } from "../time_text.js";
import { made } from "./build.js";
import { nameInWords, valueAt } from "./curve_data.js";
import { kindInWords } from "./facts.js";
import { laneAt, ROW_PX } from "./layout.js";
import { spanAt } from "./spans.js";

/** @typedef {import("./layout.js").Lane} Lane */
/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./curve_data.js").Curves} Curves */

/** What is narrower than this is still met by the pointer. */
const SLACK_PX = 3;

/** Further from any frame no value is told. */
const NEAR_S = 0.2;

/**
 * @typedef {object} Under
 * @property {number} time_s
 * @property {number} pixelsPerSecond
 * @property {readonly Lane[]} lanes
 * @property {readonly Facts[]} people
 * @property {readonly import("../messages.d.ts").PersonShown[]} names
 * @property {number} y_px
 * @property {string | null} curve the pointer is over
 * @property {Curves | null} curves at this time
 */

/**
 * Lines of text. Pure.
 * @param {Under} under
 * @returns {string[]} the first is the time
 */
export function wordsFor({ time_s, pixelsPerSecond, lanes, people, names, y_px, curve, curves }) {
  const lines = [formatTime(time_s)];
  const slack_s = SLACK_PX / (pixelsPerSecond || 1);
  if (curve !== null) {
    const both = curves?.get(curve) ?? [];
    lines.push(nameInWords(curve));
    names.forEach(({ name }, place) => {
      const of = both[place];
      const value = of ? valueAt(of, time_s, Math.max(NEAR_S, slack_s)) : null;
      lines.push(`${name}  ${value === null ? "not measured" : value.toFixed(2)}`);
    });
    return lines;
  }
  const lane = laneAt(lanes, y_px);
  if (lane?.kind === "voice") {
    const facts = people[lane.person];
    const said = spanAt(facts?.utterances ?? [], time_s);
    if (said) lines.push(said.text);
    for (const mark of facts?.marks ?? []) {
      if (mark.start_s - slack_s <= time_s && time_s <= mark.end_s + slack_s) lines.push(mark.words);
    }
  } else if (lane?.kind === "moments") {
    const row = lane.rows[Math.floor((y_px - lane.top_px - 2) / ROW_PX)];
    const moment = row && spanAt(row.moments, time_s, slack_s);
    if (row && moment) lines.push(`${names[row.person]?.name}: ${kindInWords(moment.kind)}`, moment.text);
  }
  return lines;
}

export class Hover {
  line = made("div", "hover-line");
  tip = made("div", "hover-tip");

  constructor() {
    this.line.hidden = this.tip.hidden = true;
    this.tip.setAttribute("aria-hidden", "true");
  }

  hide() {
    this.line.hidden = this.tip.hidden = true;
  }

  /**
   * @param {string[]} lines
   * @param {number} x_px
   * @param {DOMRect} ground of the lanes on the page
   */
  show(lines, x_px, ground) {
    this.line.hidden = this.tip.hidden = false;
    this.line.style.transform = `translateX(${x_px}px)`;
    this.tip.replaceChildren(...lines.map((text, index) => made(index === 0 ? "strong" : "p", "", text)));
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const left = Math.min(Math.max(ground.left + x_px - width / 2, 8), innerWidth - width - 8);
    this.tip.style.transform = `translate(${left}px, ${ground.top - height - 8}px)`;
  }
}
