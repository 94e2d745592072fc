// One interaction: who, what they were asked to do, how long, what the doctor says, and what can be done with it.

import { calledBy } from "../verdict.js";
import { button, icon, make } from "./build.js";
import { peopleCards } from "./people.js";
import { ask, isGivenUp } from "./server.js";
import { sentence } from "./troubles.js";
import { lengthText } from "./wording.js";

/** @typedef {import("./shapes.d.ts").Interaction} Interaction */
/** @typedef {import("./shapes.d.ts").Listed} Listed */

/**
 * @typedef {object} DetailHands
 * @property {(key: string) => void} play
 * @property {(key: string) => boolean} star whether it has a star now
 * @property {(key: string) => boolean} isStarred
 * @property {(key: string) => boolean} isPlaying
 * @property {() => void} another one by lot
 * @property {boolean} isAlone there is no list around it
 * @property {(told: Interaction) => void} told more is known of it now
 * @property {(key: string) => HTMLElement | null} download what gets it here, null where nobody may
 */

export class DetailView {
  element;
  #hands;
  #key;
  #head = make("div", { class: "detail-head" });
  #facts = make("div", { class: "facts-line" });
  #about = make("div", { class: "about-it" });
  #doctor = make("section", { class: "doctor", "aria-live": "polite" });
  #play;
  #star;
  #download;
  #asking = new AbortController();

  /**
   * @param {string} key
   * @param {Listed | null} told what is known already
   * @param {DetailHands} hands
   */
  constructor(key, told, hands) {
    this.#key = key;
    this.#hands = hands;
    this.#play = button({ class: "solid-button play" }, () => hands.play(key), icon("play"), make("span", {}, "Play"));
    this.#star = button({ class: "quiet-button star", "aria-pressed": hands.isStarred(key), title: "Star  (*)" }, () => this.star(), icon("star"), make("span", {}, "Star"));
    const another = hands.isAlone ? null : button({ class: "quiet-button another", title: "Draw another one by lot" }, hands.another, icon("random"), make("span", {}, "Another"));
    this.#download = hands.download(key);
    this.element = make(
      "article",
      { class: "detail", "aria-label": key },
      this.#head,
      make("div", { class: "actions" }, this.#play, this.#star, another),
      this.#about,
      this.#doctor,
      this.#download ? make("section", { class: "get-it" }, make("h3", {}, "Download to the server"), this.#download) : null,
    );
    this.#head.append(make("h2", { tabindex: -1 }, key), this.#facts);
    if (told) this.#tell(told, null);
    else this.#about.append(make("p", { class: "soft" }, "Looking it up …"));
    this.showPlaying();
    void this.#load();
  }

  get key() {
    return this.#key;
  }

  /** Gives it a star, or takes it away. */
  star() {
    this.#star.setAttribute("aria-pressed", String(this.#hands.star(this.#key)));
  }

  /** Whether it is what the stage plays. */
  showPlaying() {
    const isPlaying = this.#hands.isPlaying(this.#key);
    this.#play.disabled = isPlaying;
    const words = this.#play.querySelector("span");
    if (words) words.textContent = isPlaying ? "On stage" : "Play";
  }

  focus() {
    this.#head.querySelector("h2")?.focus({ preventScroll: true });
  }

  /** Nobody looks at it any more. */
  close() {
    this.#asking.abort();
  }

  /** Looks again, after more of it came. */
  async reload() {
    this.#asking.abort();
    this.#asking = new AbortController();
    await this.#load();
  }

  async #load() {
    const { signal } = this.#asking;
    const address = `/api/interactions/${encodeURIComponent(this.#key)}`;
    try {
      /** @type {Interaction} */
      const told = await ask(`${address}?report=false`, { signal });
      this.#tell(told, told);
      this.#hands.told(told);
      if (!told.people.some((person) => person.files.includes("npz"))) {
        this.#doctor.replaceChildren(make("h3", {}, "Doctor"), make("p", { class: "soft" }, "Nothing of it is on this machine yet, so it was not examined. If the server has a source, it is fetched while it plays."));
        return;
      }
      this.#doctor.replaceChildren(make("h3", {}, "Doctor"), make("p", { class: "soft examining" }, "Examining the recordings …"));
      const { report } = /** @type {Interaction} */ (await ask(address, { signal }));
      if (report) this.#doctor.replaceChildren(...doctorSays(report));
      else this.#doctor.replaceChildren();
    } catch (error) {
      if (isGivenUp(error)) return;
      const words = error instanceof Error ? sentence(error.message) : "";
      const said = make("p", { class: "soft trouble" }, words, " ", button({ class: "wordy" }, () => void this.reload(), "Try again"));
      if (this.#facts.childElementCount === 0) this.#about.replaceChildren(said);
      else this.#doctor.replaceChildren(make("h3", {}, "Doctor"), said);
    }
  }

  /**
   * @param {Listed} listed
   * @param {Interaction | null} told
   */
  #tell(listed, told) {
    /** @type {(Node | null)[]} */
    const facts = [
      told?.duration_s ? make("span", {}, lengthText(told.duration_s)) : null,
      listed.label ? make("span", {}, listed.label) : null,
      listed.split ? make("span", {}, listed.split) : null,
      make("span", { class: listed.is_here ? "on-disk" : "not-on-disk" }, listed.is_here ? icon("here") : "", listed.is_here ? "On this machine" : "Not on this machine"),
    ];
    this.#facts.replaceChildren(...facts.filter((fact) => fact !== null));
    this.#about.replaceChildren(...promptSection(listed), ...relationSection(listed), ...peopleCards(listed, told), ...noticesOf(told));
  }
}

/** @param {Listed} listed */
function promptSection({ prompt, interaction_type, emotion }) {
  if (!prompt && !interaction_type) return [];
  const tags = [interaction_type, emotion].filter(Boolean).map((name) => make("span", { class: "tag" }, name));
  const head = make("h3", {}, emotion ? "Scenario" : "Prompt", ...tags);
  const letter = (/** @type {string} */ name) => (emotion ? null : make("b", { "aria-label": `To participant ${name}` }, name));
  const side = (/** @type {string} */ name, /** @type {string} */ text, /** @type {string} */ code) =>
    text ? make("div", { class: "prompt" }, letter(name), make("p", {}, text), code ? make("span", { class: "tag", title: "Interpersonal circumplex" }, code) : null) : null;
  return [make("section", { class: "prompts" }, head, prompt && side("a", prompt.a, prompt.ipc_a), prompt && side("b", prompt.b, prompt.ipc_b))];
}

/** @param {Listed} listed */
function relationSection({ relationship, relationship_detail }) {
  const words = [relationship, relationship_detail].filter(Boolean).join(" — ");
  return words ? [make("section", {}, make("h3", {}, "Relationship"), make("p", {}, words))] : [];
}

/** @param {Interaction | null} told */
function noticesOf(told) {
  if (!told || told.notices.length === 0) return [];
  return [make("section", {}, make("h3", {}, "Notices"), make("ul", { class: "reasons" }, ...told.notices.map((notice) => make("li", {}, sentence(notice)))))];
}

/** @param {import("./shapes.d.ts").Report} report */
function doctorSays(report) {
  const verdict = make("span", { class: "tag verdict", "data-verdict": report.verdict }, report.verdict);
  const people = report.participants.map((person) => {
    const name = calledBy(person.id);
    const reasons = [...new Set([person.problem, ...person.reasons].filter(Boolean))];
    const said = reasons.length > 0 ? make("ul", { class: "reasons" }, ...reasons.map((reason) => make("li", {}, sentence(reason)))) : make("p", { class: "soft" }, "Plays as it was recorded.");
    return make("div", { class: "examined" }, make("h4", {}, name, make("span", { class: "tag verdict", "data-verdict": person.verdict }, person.verdict)), said);
  });
  const notices = report.notices.map((notice) => make("p", { class: "soft" }, sentence(notice)));
  return [make("h3", {}, "Doctor", verdict), ...people, ...notices];
}
