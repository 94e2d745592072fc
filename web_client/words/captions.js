// Captions over the picture: what is being said, word by word, in the colour of who says it.

import { loadStyle } from "../panels.js";
import { allCues, placed } from "./cues.js";
import { wordsOn } from "./source.js";
import { lastBefore } from "./spoken.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./cues.js").PlacedCue} PlacedCue */

/** No caption stays longer, so none that began earlier can still be seen. */
const LONGEST_SHOWN_S = 60;

/**
 * @param {Page} page
 * @param {HTMLElement} dock
 * @returns {import("../panels.js").Panel}
 */
export function open(page, dock) {
  void loadStyle("/client/words/captions.css");
  dock.classList.add("captions");
  /** @type {PlacedCue[]} */
  let cues = [];
  /** By cue, those that are seen. @type {Map<PlacedCue, {plate: HTMLElement, words: HTMLElement[]}>} */
  const seen = new Map();
  let isShown = false;

  /** @param {number} time_s */
  function show(time_s) {
    if (!isShown) return;
    const due = dueAt(cues, time_s);
    for (const [cue, { plate }] of seen) {
      if (due.includes(cue)) continue;
      plate.remove();
      seen.delete(cue);
    }
    for (const cue of due) {
      const one = seen.get(cue) ?? lay(cue);
      mark(cue, one.words, time_s);
    }
  }

  /** @param {PlacedCue} cue */
  function lay(cue) {
    const plate = document.createElement("p");
    plate.className = "caption";
    plate.dataset["side"] = cue.side;
    plate.dataset["place"] = String(cue.place);
    const who = document.createElement("span");
    who.className = "who";
    who.textContent = cue.name;
    plate.append(who);
    /** @type {HTMLElement[]} */
    const words = [];
    for (const row of cue.rows) {
      const line = document.createElement("span");
      line.className = "row";
      for (const { text } of row) {
        const word = document.createElement("span");
        word.className = "word";
        word.textContent = text;
        words.push(word);
        line.append(word, " ");
      }
      plate.append(line);
    }
    dock.append(plate);
    const one = { plate, words };
    seen.set(cue, one);
    return one;
  }

  page.on("time", show);
  page.on("lost", clear);
  wordsOn(page).on(({ speakers }) => {
    clear();
    cues = placed(allCues(speakers));
    show(page.seen_s());
  });

  function clear() {
    for (const { plate } of seen.values()) plate.remove();
    seen.clear();
  }

  return {
    shown(now) {
      isShown = now;
      clear();
      if (page.status) show(page.seen_s());
    },
  };
}

/**
 * @param {readonly PlacedCue[]} cues in the order of their beginnings
 * @param {number} time_s
 * @returns {PlacedCue[]}
 */
function dueAt(cues, time_s) {
  const due = [];
  for (let index = lastBefore(cues, time_s); index >= 0; index -= 1) {
    const cue = cues[index];
    if (!cue || cue.start_s < time_s - LONGEST_SHOWN_S) break;
    if (time_s < cue.end_s) due.push(cue);
  }
  return due;
}

/**
 * @param {PlacedCue} cue
 * @param {HTMLElement[]} elements one for each of its words
 * @param {number} time_s
 */
function mark(cue, elements, time_s) {
  const words = cue.rows.flat();
  elements.forEach((element, index) => {
    const word = words[index];
    if (!word) return;
    const state = time_s < word.start_s ? "" : time_s < word.end_s ? "now" : "said";
    if ((element.dataset["said"] ?? "") !== state) element.dataset["said"] = state;
  });
}
