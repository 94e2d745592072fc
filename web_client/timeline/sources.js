// Everything that the timeline asks the server about one interaction, while that one is played.

import { curvesOf } from "./curve_data.js";
import { factsOf } from "./facts.js";
import { ask, orTrouble } from "./fetching.js";
import { TILE_POINTS } from "./detail.js";
import { TileStore } from "./tile_store.js";
import { wavesOf } from "./waveform.js";

/** @typedef {import("./curve_data.js").Curves} Curves */
/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./waveform.js").Wave} Wave */
/** @typedef {import("../messages.d.ts").PersonShown} PersonShown */

/** Finer than a sample of speech can be seen. */
const SHORTEST_WAVE_S = 0.25;

/** In shorter tiles every frame comes, at any rate of the data set. */
const SHORTEST_CURVE_S = 16;

/** While a recording arrives, what was not there is asked for again this much later. */
const AGAIN_MS = 4000;

const ASKED = /** @type {const} */ (["vad", "transcript", "annotations", "validity"]);

export class Sources {
  /** @type {Facts[]} */
  facts;
  /** Answers about all features of the face, for the list of curves. @type {any} */
  features = null;
  /** Why nothing is known of the voices, a sentence for people. */
  trouble = "";
  featuresTrouble = "";
  waves;
  /** @type {TileStore<Curves>} */
  curves;
  /** @type {Record<string, any>} */
  #answers = {};
  /** @type {[number, number][]} */
  #buffered = [];
  #isClosed = false;
  #changed;
  #names = "";

  /**
   * @param {string} key
   * @param {readonly PersonShown[]} people
   * @param {readonly string[]} names of curves
   * @param {(what: "facts" | "features" | "waves" | "curves") => void} changed something came
   */
  constructor(key, people, names, changed) {
    this.key = key;
    this.people = people;
    /** @param {"facts" | "features" | "waves" | "curves"} what */
    this.#changed = (what) => this.#isClosed || changed(what);
    this.facts = people.map((person) => factsOf(person, {}));
    /** @type {TileStore<(Wave | null)[]>} */
    this.waves = new TileStore({
      load: async (start, end, signal) =>
        wavesOf(await ask(key, "waveform", { start, end, points: TILE_POINTS }, signal), people),
      changed: () => this.#changed("waves"),
      shortest_s: SHORTEST_WAVE_S,
    });
    this.curves = this.#curvesOf(names);
    for (const what of ASKED) void this.#ask(what);
    void this.#askForFeatures();
  }

  /**
   * @param {import("./view.js").Stretch} stretch
   * @returns {{wave: Wave | null, start_s: number, end_s: number}[][]} of each person, from left to right
   */
  wavesOf(stretch) {
    const tiles = this.waves.at(stretch);
    return this.people.map((_person, place) =>
      tiles.map(({ content, start_s, end_s }) => ({ wave: content[place] ?? null, start_s, end_s })),
    );
  }

  /** @param {readonly string[]} names */
  choose(names) {
    if (names.join() === this.#names) return;
    this.curves.close();
    this.curves = this.#curvesOf(names);
    this.curves.arrived(this.#buffered);
  }

  /** @param {[number, number][]} buffered stretches that can be played; empty once everything can */
  arrived(buffered) {
    this.#buffered = buffered;
    this.waves.arrived(buffered);
    this.curves.arrived(buffered);
  }

  close() {
    this.#isClosed = true;
    this.waves.close();
    this.curves.close();
  }

  /** @param {readonly string[]} names */
  #curvesOf(names) {
    this.#names = names.join();
    const of = this.#names;
    return new TileStore({
      load: async (start, end, signal) =>
        of ? curvesOf(await ask(this.key, "curves", { of, start, end, points: TILE_POINTS }, signal), this.people) : new Map(),
      changed: () => this.#changed("curves"),
      shortest_s: SHORTEST_CURVE_S,
    });
  }

  /** @param {(typeof ASKED)[number]} what */
  async #ask(what) {
    const { value, trouble, isFinal } = await orTrouble(ask(this.key, what));
    if (this.#isClosed) return;
    if (what === "vad") this.trouble = trouble;
    if (value) this.#answers[what] = value;
    this.facts = this.people.map((person) => factsOf(person, this.#answers));
    this.#changed("facts");
    const isComing = this.#buffered.length > 0;
    if (isComing || (!value && !isFinal)) setTimeout(() => this.#isClosed || void this.#ask(what), AGAIN_MS);
  }

  async #askForFeatures() {
    const asked = ask(this.key, "curves", { of: "emotion,valence,arousal,fau", points: 4 });
    const { value, trouble, isFinal } = await orTrouble(asked);
    if (this.#isClosed) return;
    this.features = value;
    this.featuresTrouble = trouble;
    this.#changed("features");
    if (this.#buffered.length > 0 || (!value && !isFinal)) {
      setTimeout(() => this.#isClosed || void this.#askForFeatures(), AGAIN_MS);
    }
  }
}
