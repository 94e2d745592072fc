// Beside the lanes: whose they are.

import { button, made } from "./build.js";
import { nameInWords } from "./curve_data.js";
import { CURVE_PX } from "./curve_lanes.js";
import { voiceInWords } from "./facts.js";

/** @typedef {import("./layout.js").Lane} Lane */
/** @typedef {import("./facts.js").Facts} Facts */

/**
 * @param {HTMLElement} ground
 * @param {object} shown
 * @param {readonly Lane[]} shown.lanes
 * @param {readonly Facts[]} shown.people
 * @param {readonly import("../messages.d.ts").PersonShown[]} shown.names
 * @param {readonly string[]} shown.curves
 * @param {number} shown.duration_s
 * @param {string} shown.trouble why nothing is known of the voices
 * @param {(name: string) => void} remove a curve
 */
export function label(ground, { lanes, people, names, curves, duration_s, trouble }, remove) {
  const rows = lanes.map((lane) => {
    const row = made("div", `lane-label ${lane.kind}`);
    row.style.height = `${lane.height_px}px`;
    const facts = lane.kind === "voice" ? people[lane.person] : undefined;
    const person = lane.kind === "voice" ? names[lane.person] : undefined;
    if (facts && person) {
      row.dataset["side"] = person.side;
      row.append(made("strong", "", person.name));
      const detail = made("span", "", voiceInWords(facts, duration_s) || trouble);
      detail.className = facts.voice?.length ? "usual" : "";
      if (facts.voice?.length === 0) detail.title = "No voice activity for this recording";
      else if (trouble) detail.title = trouble;
      row.append(detail);
      const marks = facts.marks ?? [];
      if (marks.length > 0) {
        const lost = made("span", "lost", `${marks.length} ${marks.length === 1 ? "gap" : "gaps"}`);
        lost.title = [...new Set(marks.map(({ words }) => words))].join("\n");
        row.append(lost);
      }
    } else if (lane.kind === "moments") {
      row.append(made("strong", "", "Moments"));
    }
    return row;
  });
  for (const name of curves) {
    const row = made("div", "lane-label curve-label", made("strong", "", nameInWords(name)));
    row.style.height = `${CURVE_PX}px`;
    row.append(button("remove", `Remove the curve ${nameInWords(name)}`, "Remove this curve", () => remove(name)));
    rows.push(row);
  }
  ground.replaceChildren(...rows);
}
