// The panel of words: the transcript of both people, a search in it, and captions as files.

import { part, write } from "../elements.js";
import { loadStyle } from "../panels.js";
import { subRip, webVtt } from "./caption_files.js";
import { allCues } from "./cues.js";
import { layFrame } from "./frame.js";
import { nearestHit, Search } from "./search.js";
import { wordsOn } from "./source.js";
import { Transcript } from "./transcript.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./search.js").Hit} Hit */
/** @typedef {import("./source.js").Told} Told */

/**
 * @param {Page} page
 * @param {HTMLElement} dock
 * @returns {import("../panels.js").Panel}
 */
export function open(page, dock) {
  void loadStyle("/client/words/words.css");
  dock.classList.add("words");
  const { files, close, input, count, steps, list, empty, title, detail, again, back } = layFrame(dock);
  const transcript = new Transcript(
    list,
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
    if (input.value === "") transcript.follow(true);
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
    for (const step of steps) step.disabled = hits.length === 0;
    transcript.mark(hits, chosen);
  }

  source.on((now) => {
    told = now;
    const hasWords = now.speakers.some(({ words }) => words.length > 0);
    showEmpty(now, hasWords);
    for (const file of files) file.disabled = !hasWords;
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
    empty.hidden = hasWords;
    write(title, words[0] ?? "");
    write(detail, words[1] ?? "");
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
  back.addEventListener("click", () => transcript.follow(true));
  again.addEventListener("click", () => void source.ask());
  for (const file of files) file.addEventListener("click", () => save(file.dataset["kind"]));
  for (const step of steps) step.addEventListener("click", () => go(Number(step.dataset["step"])));
  close.addEventListener("click", () => {
    const own = part("panels", HTMLElement).querySelector("[data-panel=words]");
    if (own instanceof HTMLElement) own.click();
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
