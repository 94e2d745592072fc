// The parts of the panel of words, laid once: what is said comes in later.

import { icon } from "../elements.js";

/**
 * @typedef {object} Frame
 * @property {HTMLButtonElement[]} files captions as a file, by `data-kind`
 * @property {HTMLButtonElement} close
 * @property {HTMLInputElement} input what is searched for
 * @property {HTMLElement} count how many were found
 * @property {HTMLButtonElement[]} steps to the hit before and to the next one, by `data-step`
 * @property {HTMLElement} list of turns, which scrolls
 * @property {HTMLElement} empty what is said where no words are
 * @property {HTMLElement} title
 * @property {HTMLElement} detail
 * @property {HTMLButtonElement} again
 * @property {HTMLButtonElement} back to what is said now
 */

/**
 * @param {HTMLElement} dock
 * @returns {Frame}
 */
export function layFrame(dock) {
  const heading = make("h2", { textContent: "Words" });
  const files = [fileButton("vtt", "WebVTT"), fileButton("srt", "SRT")];
  const group = make("div", { className: "words-files" }, ...files);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Captions as a file");
  const close = button("plain words-close", "Close words", icon("icon-close"));

  const input = make("input", { type: "search", placeholder: "Search in what was said", spellcheck: false });
  input.autocomplete = "off";
  input.setAttribute("aria-label", input.placeholder);
  const count = make("output", { className: "hits" });
  const steps = [stepButton(-1, "Previous hit"), stepButton(1, "Next hit")];
  const search = make("div", { className: "words-search" }, input, count, ...steps);
  search.setAttribute("role", "search");

  const list = make("div", { className: "words-list", tabIndex: 0 });
  list.setAttribute("role", "region");
  list.setAttribute("aria-label", "Transcript");
  const title = make("p", { className: "title" });
  const detail = make("p", { className: "detail" });
  const again = make("button", { type: "button", className: "wordy", textContent: "Try again" });
  const empty = make("div", { className: "words-empty" }, title, detail, again);
  empty.setAttribute("role", "status");
  const back = make("button", { type: "button", className: "pill words-back", textContent: "Back to now", hidden: true });

  dock.append(
    make("header", { className: "words-head" }, heading, group, close),
    search,
    make("div", { className: "words-room" }, list, empty, back),
  );
  return { files, close, input, count, steps, list, empty, title, detail, again, back };
}

/** @param {string} kind @param {string} name */
function fileButton(kind, name) {
  const made = make("button", { type: "button", className: "file", textContent: name, title: `Save captions as ${name}` });
  made.dataset["kind"] = kind;
  return made;
}

/** @param {1 | -1} step @param {string} label */
function stepButton(step, label) {
  const made = button("plain step", label, icon("icon-down"));
  made.dataset["step"] = String(step);
  return made;
}

/** @param {string} className @param {string} label @param {Element} picture */
function button(className, label, picture) {
  const made = make("button", { type: "button", className, title: label }, picture);
  made.setAttribute("aria-label", label);
  return made;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @param {Element[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
