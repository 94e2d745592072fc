// The panel of words: the transcript of both people, a search in it, and captions as files.

import { part, write } from "../elements.js";
import { loadStyle } from "../panels.js";
import { subRip, webVtt } from "./caption_files.js";
import { allCues } from "./cues.js";
import { nearestHit, Search } from "./search.js";
import { wordsOn } from "./source.js";
import { Transcript } from "./transcript.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./search.js").Hit} Hit */
/** @typedef {import("./source.js").Told} Told */

/** All of it is ours; words come in later, by textContent alone. */
const FRAME = `
  <header class="words-head">
    <h2>Words</h2>
    <div class="words-files" role="group" aria-label="Captions as a file">
      <button type="button" class="file" data-kind="vtt" title="Save captions as WebVTT" disabled>WebVTT</button>
      <button type="button" class="file" data-kind="srt" title="Save captions as SRT" disabled>SRT</button>
    </div>
    <button type="button" class="plain words-close" aria-label="Close words">
      <svg aria-hidden="true"><use href="#icon-close"></use></svg>
    </button>
  </header>
  <form class="words-search" role="search">
    <input type="search" placeholder="Search in what was said" aria-label="Search in what was said" autocomplete="off" spellcheck="false">
    <output class="hits" aria-live="polite"></output>
    <button type="button" class="plain step" data-step="-1" aria-label="Previous hit" disabled>
      <svg aria-hidden="true" viewBox="0 0 24 24"><path d="M6.5 14.5L12 9l5.5 5.5"></path></svg>
    </button>
    <button type="button" class="plain step" data-step="1" aria-label="Next hit" disabled>
      <svg aria-hidden="true" viewBox="0 0 24 24"><path d="M6.5 9.5L12 15l5.5-5.5"></path></svg>
    </button>
  </form>
  <div class="words-room">
    <div class="words-list" tabindex="0" role="region" aria-label="Transcript"></div>
    <div class="words-empty" role="status"><p class="title"></p><p class="detail"></p><button type="button" class="wordy" hidden>Try again</button></div>
    <button type="button" class="pill words-back" hidden>Back to now</button>
  </div>`;

/**
 * @param {Page} page
 * @param {HTMLElement} dock
 * @returns {import("../panels.js").Panel}
 */
export function open(page, dock) {
  void loadStyle("/client/words/words.css");
  dock.classList.add("words");
  dock.innerHTML = FRAME;
  const input = inside(dock, "input", HTMLInputElement);
  const count = inside(dock, ".hits", HTMLElement);
  const back = inside(dock, ".words-back", HTMLButtonElement);
  const again = inside(dock, ".words-empty .wordy", HTMLButtonElement);
  const transcript = new Transcript(
    inside(dock, ".words-list", HTMLElement),
    (time_s) => page.seek(time_s),
    (follows) => (back.hidden = follows),
  );
  const source = wordsOn(page);
  let isShown = false;
  let search = new Search([]);
  /** @type {Hit[]} */
  let hits = [];
  let chosen = -1;
  /** Whether the chosen hit was gone to: a search alone moves nothing on the stage. */
  let looked = false;
  /** @type {Told | null} */
  let told = null;

  /** @param {number} time_s */
  function show(time_s) {
    if (isShown) transcript.show(time_s);
  }

  function find() {
    hits = search.find(input.value);
    chosen = nearestHit(hits, page.seen_s());
    looked = false;
    showHits();
  }

  /** @param {number} step */
  function go(step) {
    if (hits.length === 0) return;
    // The first step forward goes to the hit that is chosen already.
    if (looked || step < 0) chosen = (chosen + step + hits.length) % hits.length;
    looked = true;
    showHits();
    const hit = hits[chosen];
    if (!hit) return;
    page.seek(hit.start_s);
    transcript.follow(true);
  }

  function showHits() {
    const isAsked = input.value.trim() !== "";
    write(count, !isAsked ? "" : hits.length === 0 ? "Not found" : `${chosen + 1} of ${hits.length}`);
    for (const button of dock.querySelectorAll(".step")) button.toggleAttribute("disabled", hits.length === 0);
    transcript.mark(hits, chosen);
  }

  source.on((now) => {
    told = now;
    const hasWords = now.speakers.some(({ words }) => words.length > 0);
    showEmpty(now, hasWords);
    for (const button of dock.querySelectorAll(".file")) button.toggleAttribute("disabled", !hasWords);
    search = new Search(now.speakers);
    transcript.fill(now.speakers);
    find();
    if (page.status) show(page.seen_s());
  });

  /** @param {Told} now @param {boolean} hasWords */
  function showEmpty({ state, reason }, hasWords) {
    const words = {
      none: ["No stage is connected", ""],
      asking: ["Fetching the words …", ""],
      here: ["Nobody said a word", "Neither person has a transcript."],
      missing: ["No words here", reason],
    }[state];
    inside(dock, ".words-empty", HTMLElement).hidden = hasWords;
    write(inside(dock, ".words-empty .title", HTMLElement), words[0] ?? "");
    write(inside(dock, ".words-empty .detail", HTMLElement), words[1] ?? "");
    again.hidden = state !== "missing";
  }

  /** @param {string | undefined} kind */
  function save(kind) {
    if (!told) return;
    const cues = allCues(told.speakers);
    const text = kind === "srt" ? subRip(cues) : webVtt(cues, told.key);
    const type = kind === "srt" ? "application/x-subrip" : "text/vtt";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    link.download = `${told.key}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  input.addEventListener("input", find);
  input.addEventListener("keydown", (event) => {
    // What is typed is no key of the page.
    event.stopPropagation();
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    if (event.key === "Escape" && input.value === "") input.blur();
  });
  // The page takes the focus away from what was clicked; here somebody wants to write.
  input.addEventListener("click", (event) => event.stopPropagation());
  inside(dock, "form", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  back.addEventListener("click", () => transcript.follow(true));
  again.addEventListener("click", () => void source.ask());
  dock.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.matches(".file")) save(button.dataset["kind"]);
    if (button?.matches(".step")) go(Number(button.dataset["step"]));
    if (button?.matches(".words-close")) inside(part("panels", HTMLElement), "[data-panel=words]", HTMLButtonElement).click();
  });
  page.on("time", show);

  return {
    shown(now) {
      isShown = now;
      if (!now || !page.status) return;
      transcript.show(page.seen_s());
      transcript.follow(true);
    },
  };
}

/**
 * @template {Element} Kind
 * @param {Element} parent
 * @param {string} selector
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function inside(parent, selector, kind) {
  const element = parent.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`the page lacks ${selector}`);
  return element;
}
