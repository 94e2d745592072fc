// What is said where rows would be, if there are none.

import { button, icon, make } from "./build.js";

/** @typedef {import("./build.js").IconName} IconName */

/**
 * @typedef {object} CardFacts
 * @property {string} kind for the style and for tests
 * @property {string} title
 * @property {string} [words]
 * @property {readonly {title: string, press: () => void}[]} [actions]
 */

/** @type {Readonly<Record<string, IconName>>} */
const ICONS = { locked: "locked", "nothing found": "nothing", "not understood": "nothing", "no stars": "star" };

/** @param {CardFacts} facts */
export function stateCard({ kind, title, words = "", actions = [] }) {
  const isBusy = kind === "looking" || kind === "fetching" || kind === "coming" || kind === "busy";
  return make(
    "div",
    { class: `state-card${isBusy ? " busy" : ""}`, "data-kind": kind, role: "status" },
    isBusy ? make("span", { class: "ring" }) : icon(ICONS[kind] ?? "shelf"),
    make("h3", {}, title),
    words ? make("p", {}, words) : null,
    actions.length > 0 ? make("div", { class: "actions" }, ...actions.map(({ title: name, press }) => button({ class: "quiet-button" }, press, name))) : null,
  );
}
