// The people of an interaction, each on a card: how long, at which rate, and what there is of them.

import { make } from "./build.js";
import { withoutVendor } from "./row.js";
import { lengthText } from "./wording.js";

/** @typedef {import("./shapes.d.ts").Interaction} Interaction */
/** @typedef {import("./shapes.d.ts").Listed} Listed */
/** @typedef {import("./shapes.d.ts").Person} Person */

const FILES = /** @type {const} */ ([["wav", "sound"], ["npz", "motion"], ["json", "words"], ["mp4", "video"]]);

/**
 * @param {Listed} listed
 * @param {Interaction | null} told
 * @returns {HTMLElement[]}
 */
export function peopleCards(listed, told) {
  const cards = listed.people.map((person) => card(person, told?.lengths.find((length) => length.id === person.id) ?? null));
  const title = listed.lone ? "Person" : "People";
  return [make("section", {}, make("h3", {}, title), make("div", { class: "people" }, ...cards))];
}

/**
 * @param {Person} person
 * @param {import("./shapes.d.ts").Lengths | null} length
 */
function card(person, length) {
  const rate = length?.rate_hz ? `${length.rate_hz.toFixed(2).replace(/\.?0+$/, "")} Hz` : null;
  const has = [
    person.has_movement ? "movement" : null,
    person.has_annotation_1p ? "annotations 1P" : null,
    person.has_annotation_3p ? "annotations 3P" : null,
  ].filter((name) => name !== null);
  const rows = [
    fact("Length", length ? lengthText(length.duration_s) : null),
    fact("Motion", rate),
    fact("Archive", person.batch === null || person.archive === null ? null : `${person.batch} / ${person.archive}`),
  ];
  const files = FILES.map(([kind, name]) => make("span", { class: "file", "data-here": person.files.includes(kind), title: `${name} ${person.files.includes(kind) ? "on this machine" : "not here"}` }, name));
  return make(
    "div",
    { class: "person" },
    make("h4", {}, withoutVendor(person.participant)),
    make("dl", {}, ...rows),
    make("div", { class: "files", role: "group", "aria-label": "On this machine" }, ...files),
    has.length > 0 ? make("div", { class: "has" }, ...has.map((name) => make("span", { class: "tag" }, name))) : null,
    ...personality(person.personality),
  );
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function fact(name, value) {
  return value === null ? null : make("div", {}, make("dt", {}, name), make("dd", {}, value));
}

/** @param {Record<string, number> | null} traits */
function personality(traits) {
  if (!traits || Object.keys(traits).length === 0) return [];
  const rows = Object.entries(traits).map(([name, value]) => fact(name.replaceAll("_", " "), String(Math.round(value * 100) / 100)));
  return [make("details", { class: "traits" }, make("summary", {}, "Personality"), make("dl", {}, ...rows))];
}
