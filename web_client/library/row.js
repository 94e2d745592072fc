// One row of the list: what is told of an interaction in three lines.

import { button, icon, make } from "./build.js";
import { isOfDataSet } from "./fetches.js";
import { markedParts } from "./wording.js";

/** @typedef {import("./shapes.d.ts").Listed} Listed */

/**
 * @typedef {object} RowFacts what a row shows besides the interaction itself
 * @property {string | null} key known before anything else of it is
 * @property {boolean} isStarred
 * @property {boolean} isPicked
 * @property {boolean} isPlaying
 * @property {boolean} isUnknown the server could not tell anything of it
 * @property {readonly string[]} words that were looked for, in lower case
 */

/**
 * @typedef {object} RowHands
 * @property {(key: string) => void} play
 * @property {(key: string) => void} star
 * @property {(key: string) => void} pick
 */

/**
 * The cells of a row; without an interaction those of one that is still to come.
 * @param {Listed | null} told
 * @param {RowFacts} facts
 * @param {RowHands} hands
 * @returns {HTMLElement[]}
 */
export function rowCells(told, facts, hands) {
  const key = told?.key ?? facts.key;
  if (key === null) return [make("span", { role: "gridcell", class: "ghost" }, make("i"), make("i"), make("i"))];
  const box = make("input", { type: "checkbox", tabindex: -1, "aria-label": `Select ${key}` });
  box.checked = facts.isPicked;
  box.addEventListener("click", () => hands.pick(key));
  const star = button(
    { class: "small star", tabindex: -1, "aria-pressed": facts.isStarred, "aria-label": `Star ${key}`, title: "Star  (*)" },
    () => hands.star(key),
    icon("star"),
  );
  const play = button(
    { class: "small play", tabindex: -1, "aria-label": `Play ${key}`, title: "Play  (Enter)" },
    () => hands.play(key),
    icon("play"),
  );
  return [
    make("span", { role: "gridcell", class: "pick" }, isOfDataSet(key) ? make("label", {}, box) : null),
    make("span", { role: "gridcell", class: "about" }, ...lines(key, told, facts)),
    make("span", { role: "gridcell", class: "doing" }, star, play),
  ];
}

/**
 * @param {string} key
 * @param {Listed | null} told
 * @param {RowFacts} facts
 */
function lines(key, told, { words, isPlaying, isStarred, isUnknown }) {
  const head = make("span", { class: "line-1" }, make("strong", {}, ...marked(key, words)));
  if (isStarred) head.append(make("span", { class: "starred", title: "Starred" }, icon("star"), make("span", { class: "unseen" }, "starred")));
  if (isPlaying) head.append(make("span", { class: "tag playing" }, "on stage"));
  if (told?.verdict) head.append(make("span", { class: "tag verdict", "data-verdict": told.verdict }, told.verdict));
  if (told?.is_here) head.append(make("span", { class: "on-disk", title: "On this machine" }, icon("here"), make("span", { class: "unseen" }, "on this machine")));
  if (!told) return isUnknown ? [head, make("span", { class: "line-2 none" }, "Not in this catalogue")] : [head];
  const prompt = told.prompt ? bestPrompt(told.prompt.a, told.prompt.b, words) : "";
  const people = told.people.map((person) => withoutVendor(person.participant)).join(" · ");
  const others = [told.relationship, told.emotion, told.label, told.split].filter(Boolean).join(" · ");
  return [
    head,
    prompt
      ? make("span", { class: "line-2" }, ...marked(prompt, words))
      : make("span", { class: "line-2 none" }, told.lone ? "One person, no prompt known" : "No prompt known"),
    make("span", { class: "line-3" }, make("b", {}, ...marked(people, words)), others ? " — " : "", ...marked(others, words)),
  ];
}

/**
 * Of the two sides of a prompt the one where more of the words are.
 * @param {string} a
 * @param {string} b
 * @param {readonly string[]} words
 */
function bestPrompt(a, b, words) {
  const hits = (/** @type {string} */ text) => words.filter((word) => text.toLowerCase().includes(word)).length;
  return hits(b) > hits(a) || !a ? b : a;
}

/** @param {string} participant such as `V00_P1275A` */
export const withoutVendor = (participant) => participant.replace(/^V\d+_/, "");

/**
 * @param {string} text
 * @param {readonly string[]} words
 * @returns {(Node | string)[]}
 */
export function marked(text, words) {
  if (words.length === 0) return [text];
  return markedParts(text, words).map((part) => (part.isFound ? make("mark", {}, part.text) : part.text));
}
