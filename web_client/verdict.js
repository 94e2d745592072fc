// What the doctor says of the recording, for whoever wonders why somebody stands oddly: a chip in the head line when
// all is not well, and the reasons beside it or under the words that say why nothing is played.

import { part, write } from "./elements.js";

/** @typedef {import("./page.js").Page} Page */

/** The report takes the server a second; it is asked for when the picture moves and nobody waits for anything. */
const PATIENCE_MS = 1500;

/**
 * @typedef {object} Finding
 * @property {string} who
 * @property {string[]} reasons
 */

/**
 * @typedef {object} Report
 * @property {"good" | "usable" | "broken"} verdict
 * @property {{id: string, verdict: string, problem: string, reasons: string[]}[]} participants
 */

/**
 * How people call whose recording it is: `P0947` of `V00_S0809_I00000582_P0947`, `P001` of InterAct's
 * `20231119_001_051`.
 * @param {string} id
 */
export function calledBy(id) {
  const actor = /^\d{8}_(\d{3})_\d{3}$/.exec(id);
  return actor ? `P${actor[1]}` : id.split("_").at(-1) ?? id;
}

/**
 * Whose recording is not as it should be, and why.
 * @param {Report} report
 * @returns {Finding[]}
 */
export function findings({ participants }) {
  return participants
    .map(({ id, problem, reasons }) => ({
      who: calledBy(id),
      reasons: [problem, ...reasons].filter((reason, index, all) => reason !== "" && all.indexOf(reason) === index),
    }))
    .filter((finding) => finding.reasons.length > 0);
}

/**
 * @param {string} interaction
 * @returns {Promise<Report | null>} null where there is none: the server does not know this recording
 */
export async function reportOf(interaction) {
  const answer = await fetch(`/api/interactions/${encodeURIComponent(interaction)}`);
  if (!answer.ok) return null;
  return (await answer.json()).report ?? null;
}

/**
 * @param {Element} list
 * @param {Report} report
 */
export function listFindings(list, report) {
  list.replaceChildren(
    ...findings(report).flatMap(({ who, reasons }) =>
      reasons.map((reason) => {
        const item = document.createElement("li");
        const name = document.createElement("strong");
        name.textContent = who;
        item.append(name, ` ${reason}`);
        return item;
      }),
    ),
  );
}

/**
 * @param {Page} page
 * @returns {{explain: (state: string, interaction: string | null) => void}} to be told how the connection stands: why
 *   a recording cannot be played is said in full
 */
export function bindVerdict(page) {
  const chip = part("verdict", HTMLButtonElement);
  const reasons = part("reasons", HTMLElement);
  /** What the chip speaks of. @type {string | null} */
  let asked = null;
  /** @type {number | undefined} */
  let later;

  async function ask() {
    const interaction = page.interaction;
    if (interaction === null || interaction === asked) return;
    asked = interaction;
    const report = await reportOf(interaction).catch(() => null);
    if (!report || page.interaction !== interaction || report.verdict === "good") return;
    write(chip, report.verdict === "broken" ? "Broken recording" : "Usable recording");
    chip.dataset["verdict"] = report.verdict;
    listFindings(part("reasons-list", HTMLElement), report);
    chip.hidden = false;
  }

  page.on("interaction", () => {
    if (page.interaction === asked) return;
    chip.hidden = true;
    if (reasons.matches(":popover-open")) reasons.hidePopover();
    asked = null;
    clearTimeout(later);
    later = setTimeout(() => void ask(), PATIENCE_MS);
  });

  const why = part("card-reasons", HTMLElement);
  let before = "";
  return {
    explain(state, interaction) {
      if (state === before) return;
      before = state;
      why.hidden = true;
      if (state !== "failed" || interaction === null) return;
      void reportOf(interaction)
        .catch(() => null)
        .then((report) => {
          if (!report || before !== "failed") return;
          listFindings(why, report);
          why.hidden = why.children.length === 0;
          // The list says it better than the first thing that the stage stumbled over.
          if (!why.hidden) write(part("card-detail", HTMLElement), "The recording is broken.");
        });
    },
  };
}
