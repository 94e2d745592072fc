// The original videos of both people, in the corners of the picture or beside it, in step with the stage.

import { loadStyle } from "../panels.js";
import { describe, findVideo } from "./find_video.js";
import { StageLine } from "./stage_line.js";
import { Tile } from "./tile.js";

/** @typedef {import("../page.js").Page} Page */

/** @typedef {"corner" | "beside"} Layout */
/** @type {readonly Layout[]} */
const LAYOUTS = ["corner", "beside"];

const FIGURES_MS = 500;

const now_s = () => performance.now() / 1000;

/** Those on the page. @type {Tile[]} */
let tiles = [];

/**
 * How the original videos keep step, for whoever shows figures.
 * @returns {{name: string, side: "left" | "right", state: import("./tile.js").TileState, ahead_ms: number | null, rate: number}[]}
 *     empty while none are on the page
 */
export function originalsNow() {
  return tiles.map(({ person, state, ahead_s, rate }) => ({
    name: person.name,
    side: person.side,
    state,
    ahead_ms: ahead_s === null ? null : ahead_s * 1000,
    rate,
  }));
}

/**
 * @param {Page} page
 * @param {HTMLElement} dock
 * @returns {import("../panels.js").Panel}
 */
export function open(page, dock) {
  void loadStyle("/client/originals/originals.css");
  dock.classList.add("originals");
  const line = new StageLine();
  let layout = LAYOUTS[0];
  let isShown = false;
  /** As the stage of the tiles was opened. */
  let builtFor = "";
  /** @type {number | undefined} */
  let timer;

  function lay() {
    if (isShown && layout) document.documentElement.dataset["originals"] = layout;
    else delete document.documentElement.dataset["originals"];
    // What is painted round the picture goes by where it is.
    window.dispatchEvent(new Event("resize"));
  }

  function build() {
    const { welcome, interaction: name } = page;
    if (!isShown || !welcome || builtFor === welcome.opened_as) return;
    clear();
    builtFor = welcome.opened_as;
    const people = [...welcome.interaction.people].sort((a, b) => a.side.localeCompare(b.side));
    /** Of both people at once. @type {ReturnType<typeof describe> | null} */
    let described = null;
    /** @param {Tile} tile */
    const find = async (tile) => {
      described ??= describe(name);
      tile.show(await findVideo(name, tile.person, await described));
    };
    tiles = people.map((person) => new Tile(person, line, find));
    dock.replaceChildren(...tiles.map(({ element }) => element));
    tiles.forEach((tile) => void find(tile));
  }

  function clear() {
    for (const tile of tiles) tile.close();
    tiles = [];
    builtFor = "";
  }

  page.on("interaction", () => {
    line.forget();
    build();
  });
  page.on("lost", () => {
    line.forget();
    for (const tile of tiles) tile.follow();
  });
  page.on("time", (time_s) => {
    if (!isShown) return;
    // While time goes on evenly, the pictures themselves tell more exactly when they are on the screen.
    if (!watches || line.isElsewhere(time_s, now_s())) note(time_s, now_s());
    for (const tile of tiles) tile.follow();
  });

  /** @param {number} time_s @param {number} shown_s */
  function note(time_s, shown_s) {
    if (!page.status) return;
    const { speed, playing, waiting } = page.status;
    line.note(time_s, shown_s, { speed, playing: playing && !waiting });
  }

  const watches = "requestVideoFrameCallback" in HTMLVideoElement.prototype;
  /** @type {VideoFrameRequestCallback} */
  const seen = (_now, { expectedDisplayTime }) => {
    if (!isShown) return;
    note(page.seen_s(), expectedDisplayTime / 1000);
    page.video.requestVideoFrameCallback(seen);
  };

  return {
    shown(now) {
      isShown = now;
      clearInterval(timer);
      if (isShown) {
        line.forget();
        build();
        if (watches) page.video.requestVideoFrameCallback(seen);
        timer = setInterval(() => tiles.forEach((tile) => tile.tellFigures()), FIGURES_MS);
      } else {
        clear();
      }
      lay();
    },
    step() {
      const next = LAYOUTS.indexOf(layout ?? "corner") + 1;
      layout = LAYOUTS[next] ?? LAYOUTS[0];
      if (next < LAYOUTS.length) lay();
      return next < LAYOUTS.length;
    },
  };
}
