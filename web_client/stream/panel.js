// What the stream is doing: figures in a corner of the picture while they are looked at.

import { originalsNow } from "../originals/panel.js";
import { loadStyle } from "../panels.js";
import { asJson, figures } from "./figures.js";
import { countsOf, receptionBetween } from "./reception.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./reception.js").Counts} Counts */
/** @typedef {import("./reception.js").Reception} Reception */

const LOOK_MS = 1000;

/**
 * @param {Page} page
 * @param {HTMLElement} dock
 */
export function open(page, dock) {
  void loadStyle("/client/stream/stream.css");
  const sheet = document.createElement("div");
  sheet.className = "glass stream";
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "wordy";
  copy.textContent = "Copy as JSON";
  const groups = document.createElement("div");
  sheet.append(groups, copy);
  dock.append(sheet);

  /** @type {Counts | null} */
  let counted = null;
  /** @type {Reception | null} */
  let reception = null;
  /** @type {number | undefined} */
  let timer;

  async function look() {
    const reports = await page.stats();
    const now = reports && countsOf(reports.values(), performance.now());
    // Of a new connection the counts begin anew.
    reception = now && counted && now.packets >= counted.packets ? receptionBetween(counted, now) : null;
    counted = now;
    show();
  }

  function show() {
    const { status, welcome } = page;
    copy.disabled = !status || !welcome;
    if (!status || !welcome) {
      const words = document.createElement("p");
      words.textContent = "No stage is connected.";
      groups.replaceChildren(words);
      return;
    }
    groups.replaceChildren(...figures(status, welcome, reception, originalsNow()).flatMap(({ title, rows }) => {
      const heading = document.createElement("h2");
      heading.textContent = title;
      const list = document.createElement("dl");
      list.append(...rows.map(({ name, words, mood }) => {
        const row = document.createElement("div");
        row.dataset["mood"] = mood;
        const term = document.createElement("dt");
        term.textContent = name;
        const detail = document.createElement("dd");
        detail.textContent = words;
        row.append(term, detail);
        return row;
      }));
      return [heading, list];
    }));
  }

  copy.addEventListener("click", async () => {
    const { status, welcome } = page;
    if (!status || !welcome) return;
    const here = {
      seen_s: page.seen_s(),
      at: new Date().toISOString(),
      browser: navigator.userAgent,
      originals: originalsNow(),
    };
    try {
      await navigator.clipboard.writeText(asJson(status, welcome, reception, here));
      copy.textContent = "Copied";
    } catch {
      page.toast("The browser did not allow to copy.");
    }
    setTimeout(() => (copy.textContent = "Copy as JSON"), 1500);
  });

  return {
    /** @param {boolean} isShown */
    shown(isShown) {
      clearInterval(timer);
      counted = reception = null;
      if (!isShown) return;
      void look();
      timer = setInterval(() => void look(), LOOK_MS);
    },
  };
}
