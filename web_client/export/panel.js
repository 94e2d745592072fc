// Films and stills of what is seen: chosen here, made by the server, saved by the browser.

import { icon, write } from "../elements.js";
import { loadStyle } from "../panels.js";
import { ExportRow } from "./export_row.js";
import { Form } from "./form.js";
import { bytesWords, estimate, lastsWords, newExport, newStill } from "./order.js";
import { createExport, drawStill, listExports, Refusal, removeExport } from "./server.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./server.js").Export} Export */

/** While a film is being made; in between, its progress is not worth a request. */
const LOOK_MS = 700;

/**
 * @param {Page} page
 * @param {HTMLElement} dock
 * @returns {import("../panels.js").Panel}
 */
export function open(page, dock) {
  void loadStyle("/client/export/export.css");
  dock.classList.add("export");
  const form = new Form(page, showEstimate);
  const expected = document.createElement("p");
  expected.className = "export-expected";
  const trouble = document.createElement("p");
  trouble.className = "export-trouble";
  trouble.setAttribute("role", "alert");
  const start = button("pill", "Export film");
  start.id = "export-start";
  const still = button("export-still", "Save a still");
  still.id = "export-still";
  const actions = document.createElement("div");
  actions.className = "export-actions";
  actions.append(start, still);
  const films = document.createElement("ul");
  films.className = "films";
  films.setAttribute("aria-label", "Films");
  const room = document.createElement("div");
  room.className = "export-room";
  room.append(form.element, expected, actions, trouble, films);
  dock.append(head(), room);

  /** @type {Map<string, ExportRow>} */
  const rows = new Map();
  let isShown = false;
  let isDrawing = false;
  /** @type {number | undefined} */
  let timer;

  function head() {
    const element = document.createElement("header");
    element.className = "export-head";
    const title = document.createElement("h2");
    title.textContent = "Export";
    const close = button("plain", "");
    close.setAttribute("aria-label", "Close export");
    close.append(icon("icon-close"));
    close.addEventListener("click", () => {
      const opener = document.querySelector("#panels [data-panel=export]");
      if (opener instanceof HTMLElement) opener.click();
    });
    element.append(title, close);
    return element;
  }

  function showEstimate() {
    const choice = form.choice();
    const isThere = page.status !== null;
    start.disabled = !isThere || choice === null;
    still.disabled = !isThere || isDrawing;
    if (!isThere) {
      write(expected, "No stage is connected.");
    } else if (choice === null) {
      write(expected, form.problem);
    } else {
      const { pictures, bytes } = estimate(choice);
      const lasts = lastsWords(choice.end_s - choice.start_s);
      write(expected, `${lasts}, ${pictures.toLocaleString("en")} pictures, about ${bytesWords(bytes)}`);
    }
    expected.classList.toggle("wrong", isThere && choice === null);
  }

  /** @param {unknown} error */
  function complain(error) {
    if (!(error instanceof Refusal)) throw error;
    write(trouble, error.message);
  }

  async function begin() {
    const choice = form.choice();
    if (!choice || !page.status) return;
    start.disabled = true;
    write(trouble, "");
    try {
      await createExport(newExport(page.interaction, choice, page.status));
      await look();
      films.scrollIntoView({ block: "nearest" });
    } catch (error) {
      complain(error);
    } finally {
      showEstimate();
    }
  }

  async function takeStill() {
    // The very moment of the press: drawing takes a while, and the stage goes on.
    const time_s = page.seen_s();
    const choice = form.choice() ?? { ...usual(), ...form.manner };
    if (!page.status) return;
    const order = newStill(page.interaction, choice, page.status, time_s);
    const cut_s = Math.floor(time_s * 100 + 1e-6) / 100;
    const name = `${page.welcome?.interaction.key ?? "still"}_${cut_s.toFixed(2)}s.png`;
    isDrawing = true;
    write(still, "Drawing …");
    write(trouble, "");
    showEstimate();
    try {
      save(await drawStill(order), name);
    } catch (error) {
      complain(error);
    } finally {
      isDrawing = false;
      write(still, "Save a still");
      showEstimate();
    }
  }

  /** A still asks for no span: whatever stands there does not keep it from being drawn. */
  function usual() {
    const size = form.chosenSize;
    return { start_s: 0, end_s: 1, size, rate_hz: 30, camera: "", captions: /** @type {const} */ ("none") };
  }

  async function look() {
    clearTimeout(timer);
    let told;
    try {
      told = await listExports();
    } catch (error) {
      // A link may make stills: that films are not for it is said when one is asked for.
      if (!(error instanceof Refusal) || (error.status !== 403 && error.status !== 401)) complain(error);
      return;
    }
    showFilms(told);
    const isMoving = told.some(({ state }) => state === "queued" || state === "running");
    if (isShown && isMoving) timer = setTimeout(() => void look(), LOOK_MS);
  }

  /** @param {Export[]} told */
  function showFilms(told) {
    const known = new Set(told.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (!known.has(id)) {
        row.element.remove();
        rows.delete(id);
      }
    }
    told.forEach((one, index) => {
      let row = rows.get(one.id);
      if (!row) {
        row = new ExportRow((which) => void take(which));
        rows.set(one.id, row);
      }
      row.show(one);
      if (films.children[index] !== row.element) films.insertBefore(row.element, films.children[index] ?? null);
    });
  }

  /** @param {Export} told */
  async function take(told) {
    write(trouble, "");
    try {
      await removeExport(told.id);
    } catch (error) {
      complain(error);
    }
    await look();
  }

  start.addEventListener("click", () => void begin());
  still.addEventListener("click", () => void takeStill());
  page.on("interaction", refresh);
  page.on("status", () => isShown && refresh());
  page.on("lost", refresh);

  function refresh() {
    form.refresh();
    showEstimate();
  }

  return {
    /** @param {boolean} shown */
    shown(shown) {
      isShown = shown;
      clearTimeout(timer);
      if (!shown) return;
      refresh();
      void look();
    },
  };
}

/**
 * @param {string} kind
 * @param {string} words
 */
function button(kind, words) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = kind;
  made.textContent = words;
  return made;
}

/**
 * Hands a file to the person.
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has to take it first.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
