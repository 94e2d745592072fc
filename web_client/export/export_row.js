// One film in the list: how far it is, and what can be done with it.

import { write } from "../elements.js";
import { formatTime } from "../time_text.js";
import { bytesWords, cameraWords, lastsWords } from "./order.js";
import { filmAddress } from "./server.js";

/** @typedef {import("./server.js").Export} Export */

export class ExportRow {
  /** @type {Export | null} */
  #told = null;

  /** @param {(told: Export) => void} remove ends it, or takes it away if it is over */
  constructor(remove) {
    this.element = document.createElement("li");
    this.element.className = "film";
    this.#title = span("film-title");
    this.#state = span("film-state");
    this.#detail = span("film-detail");
    this.#bar = document.createElement("progress");
    this.#bar.max = 1;
    this.#link = document.createElement("a");
    this.#link.className = "film-save";
    this.#link.textContent = "Save";
    this.#remove = document.createElement("button");
    this.#remove.type = "button";
    this.#remove.className = "film-remove";
    this.#remove.addEventListener("click", () => this.#told && remove(this.#told));
    const head = document.createElement("div");
    head.className = "film-head";
    head.append(this.#title, this.#link, this.#remove);
    const foot = document.createElement("div");
    foot.className = "film-foot";
    foot.append(this.#state, this.#detail);
    this.element.append(head, this.#bar, foot);
  }

  #title;
  #state;
  #detail;
  #bar;
  #link;
  #remove;

  /** @param {Export} told */
  show(told) {
    this.#told = told;
    const over = told.state !== "queued" && told.state !== "running";
    const end = told.end_s === null ? "end" : formatTime(told.end_s);
    this.element.dataset["state"] = told.state;
    write(this.#title, `${formatTime(told.start_s)} – ${end}`);
    this.#title.title = told.file_name;
    write(this.#state, stateWords(told));
    write(this.#detail, over && told.state !== "done" ? "" : detailWords(told));
    this.#bar.hidden = over;
    if (told.state === "running" && told.progress > 0) this.#bar.value = told.progress;
    else this.#bar.removeAttribute("value");
    this.#bar.setAttribute("aria-label", `Progress of ${told.file_name}`);
    this.#link.hidden = told.state !== "done";
    this.#link.href = filmAddress(told.id);
    this.#link.download = told.file_name;
    this.#link.setAttribute("aria-label", `Save ${told.file_name}`);
    write(this.#remove, over ? "Remove" : "Cancel");
    this.#remove.setAttribute("aria-label", `${over ? "Remove" : "Cancel"} ${told.file_name}`);
  }
}

/** @param {Export} told */
function stateWords(told) {
  switch (told.state) {
    case "queued":
      return "Waits for the one before it";
    case "running": {
      if (told.progress === 0) return "Begins";
      const share = `${Math.floor(told.progress * 100)} %`;
      return told.eta_s === null ? share : `${share}, ${lastsWords(Math.max(1, Math.round(told.eta_s)))} left`;
    }
    case "done":
      return `Ready, ${bytesWords(told.bytes)}`;
    case "cancelled":
      return "Cancelled";
    case "failed":
      return `Failed: ${told.problem}`;
  }
}

/** @param {Export} told */
function detailWords({ interaction, width, height, rate_hz, camera, captions }) {
  const words = captions === "none" ? "" : captions === "burnt" ? " · captions burnt in" : " · captions as track";
  return `${interaction} · ${width} × ${height} · ${rate_hz} a second · ${cameraWords(camera)}${words}`;
}

/** @param {string} name */
function span(name) {
  const made = document.createElement("span");
  made.className = name;
  return made;
}
