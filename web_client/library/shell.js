// The library put together: head, views, what lies over them, and the foot with what is picked and on its way.

import { make } from "./build.js";
import { reasonOf } from "./download_form.js";
import { DownloadCards } from "./downloads_view.js";
import { Fetches, MOST_AT_ONCE } from "./fetches.js";
import { Foot } from "./foot.js";
import { Head } from "./head.js";
import { ListView } from "./list_view.js";
import { addressOf, isTestCard, Looking } from "./looking.js";
import { Opened } from "./opened.js";
import { OverviewView } from "./overview_view.js";
import { queryOf } from "./query.js";
import { ask } from "./server.js";
import { wordsFor } from "./shown_state.js";
import { stateCard } from "./state_card.js";
import { sentence } from "./troubles.js";

/** @typedef {import("../page.js").Page} Page */
/** @typedef {import("./shapes.d.ts").Fetch} Fetch */

/** Where the library covers the whole page, as in docks.css. */
const SHEET = "(max-width: 700px)";
const TICK_MS = 400;

export class Shell {
  #page;
  #looking = new Looking(() => this.#changed());
  #fetches = new Fetches(() => this.#render(), (fetch) => void this.#fetched(fetch));
  #head;
  #list;
  #overview;
  #downloads;
  #card = make("div", { class: "card-room" });
  #foot;
  #opened;
  #begun = false;
  #isShown = false;
  /** Rows that are in the list. */
  #rowsName = "";
  /** What the card says, so that it is written once. */
  #said = "";
  /** The only interaction that a guest may see, under the card that says so. @type {import("./detail_view.js").DetailView | null} */
  #alone = null;
  /** @type {number | undefined} */
  #ticking;
  #again_ms = Infinity;

  /**
   * @param {Page} page
   * @param {HTMLElement} ground
   */
  constructor(page, ground) {
    this.#page = page;
    const looking = this.#looking;
    const play = (/** @type {string} */ key) => this.#play(key);
    const hands = {
      open: (/** @type {string} */ key) => this.#opened.interaction(key, null),
      toast: (/** @type {string} */ words) => page.toast(words),
    };
    this.#head = new Head({
      search: (text) => looking.choose("text", text),
      view: (view) => looking.become({ view }),
      choose: (name, value) => looking.choose(name, value),
      random: () => void this.#opened.random(),
      close: () => this.#close(),
      toList: () => this.#list.element.focus(),
    });
    this.#list = new ListView({
      open: (_key, _told, place) => this.#opened.row(place),
      play,
      star: (key) => void looking.star(key),
      pick: (key) => looking.pick(key),
      facts: (key) => ({
        key,
        isStarred: key !== null && looking.starred.has(key),
        isPicked: key !== null && looking.picked.has(key),
        isPlaying: key !== null && key === page.interaction,
        isUnknown: key !== null && looking.kept.isUnknown(key),
        words: looking.words,
      }),
      leaveUp: () => this.#head.field.focus(),
    });
    this.#overview = new OverviewView((name, value) => looking.choose(name, value));
    this.#downloads = new DownloadCards(this.#fetches, hands);
    this.#foot = new Foot(this.#fetches, {
      ...hands,
      download: () => this.#opened.download(),
      clear: () => {
        looking.picked.clear();
        this.#changed();
      },
      all: () => void looking.pickAll(MOST_AT_ONCE).catch((error) => page.toast(sentence(reasonOf(error)))),
    });
    const body = make("div", { class: "library-body" }, this.#list.element, this.#overview.element, this.#downloads.element, this.#card);
    const under = make("div", { class: "under" }, this.#head.element, body, this.#foot.element);
    this.#opened = new Opened(page, looking, this.#fetches, this.#list, play, under);
    ground.append(make("section", { class: "library" }, under, this.#opened.element));

    ground.addEventListener("keydown", (event) => this.#key(event));
    // The page takes the focus back after a click; here it stays where it is looked for next.
    for (const kind of ["click", "change"]) ground.addEventListener(kind, (event) => event.stopPropagation());
    document.addEventListener("keydown", (event) => this.#keyAnywhere(event));
    addEventListener("storage", () => looking.keptChanged());
    page.on("interaction", () => {
      if (page.interaction !== null) looking.played(page.interaction);
      this.#opened.detail?.showPlaying();
      this.#alone?.showPlaying();
    });
  }

  /** @param {boolean} isShown */
  shown(isShown) {
    this.#isShown = isShown;
    this.#fetches.watch(isShown);
    clearInterval(this.#ticking);
    if (!isShown) return;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    if (this.#begun) this.#looking.become({});
  }

  /** The style is here: rows have their height now, and what is looked for can be typed. */
  begin() {
    if (!this.#isShown) return;
    this.#begun = true;
    this.#looking.become({});
    // On a touch screen the keyboard would hide the list.
    if (!this.#opened.isOpen && !matchMedia("(pointer: coarse)").matches) this.#head.field.focus();
  }

  #changed() {
    const { rows, rowsName } = this.#looking;
    if (rowsName === this.#rowsName) this.#list.refresh();
    else this.#list.show(rows);
    this.#rowsName = rowsName;
    this.#list.element.dataset["answered"] = rowsName;
    if (this.#looking.view === "overview") void this.#overview.show(this.#looking.filter);
    else this.#overview.hide();
    this.#render();
  }

  #render() {
    const { view, filter, paged, rows, keys, picked } = this.#looking;
    const isList = view === "all" || view === "recent" || view === "starred";
    const said = wordsFor({
      view,
      state: paged.state,
      isAnswered: paged.answered !== null,
      found: rows.total,
      kept: keys?.length ?? 0,
      isFiltered: queryOf(filter) !== "",
      fetches: this.#fetches.all.length,
      mayFetch: this.#fetches.isAllowed !== false,
      now_ms: performance.now(),
    });
    this.#head.show({
      view,
      filter,
      total: keys ? rows.total : paged.answered === null ? null : paged.total,
      isAsking: paged.state.kind === "asking",
      canDraw: paged.total > 0,
      counts: { starred: this.#looking.starred.keys.length, downloads: this.#fetches.running.length },
    });
    this.#list.element.classList.toggle("without-picks", this.#fetches.isAllowed === false);
    this.#list.element.hidden = !isList || said !== null;
    this.#overview.element.hidden = view !== "overview" || said !== null;
    this.#downloads.element.hidden = view !== "downloads" || said !== null;
    this.#downloads.show(this.#fetches.all);
    this.#foot.show({ picked: picked.size, found: view === "all" && said === null ? paged.total : null, showsFetches: view !== "downloads" });
    this.#say(said);
  }

  /** @param {import("./shown_state.js").Words | null} said */
  #say(said) {
    const { view } = this.#looking;
    this.#card.hidden = said === null;
    const now = said ? `${said.kind} ${said.title} ${said.words} ${this.#page.interaction}` : "";
    if (now === this.#said) return;
    this.#said = now;
    this.#alone?.close();
    this.#alone = null;
    this.#again_ms = said && said.again_s > 0 ? performance.now() + said.again_s * 1000 : Infinity;
    if (!said) return;
    this.#card.replaceChildren(stateCard({ ...said, actions: this.#actionsFor(said.kind) }));
    if (said.kind !== "locked" || view === "downloads" || this.#page.interaction === null || isTestCard(this.#page.interaction)) return;
    this.#alone = this.#opened.view(this.#page.interaction, null, true);
    this.#card.append(this.#alone.element);
  }

  /** @param {string} kind */
  #actionsFor(kind) {
    const again = { title: "Try again", press: () => this.#looking.paged.again() };
    const demo = { title: "Play the demo", press: () => this.#play("demo") };
    const all = { title: "Clear the filters", press: () => this.#clearFilter() };
    if (kind === "nothing found" || kind === "not understood") return [all];
    if (kind === "no catalogue" || kind === "empty") return [demo, again];
    return kind === "away" ? [again] : [];
  }

  #clearFilter() {
    this.#head.field.value = "";
    this.#looking.become({ filter: {} });
    this.#head.field.focus();
  }

  /** Time passes: what is waited for gets its word, and what was refused is asked again. */
  #tick() {
    if (performance.now() >= this.#again_ms) {
      this.#again_ms = Infinity;
      this.#looking.paged.again();
    }
    if (this.#looking.paged.state.kind === "asking") this.#render();
  }

  /** @param {string} key */
  #play(key) {
    if (key !== this.#page.interaction) this.#page.visit(key);
    if (matchMedia(SHEET).matches) this.#close();
  }

  /** @param {Fetch} fetch */
  async #fetched(fetch) {
    const what = fetch.interactions.length === 1 ? fetch.interactions[0] : `${fetch.interactions.length} interactions`;
    if (fetch.state === "failed") this.#page.toast(`The download of ${what} failed: ${sentence(fetch.problem)}`);
    for (const key of fetch.interactions) {
      const told = await ask(`${addressOf(key)}?report=false`).catch(() => null);
      if (told) this.#looking.told(told);
      if (this.#opened.detail?.key === key) void this.#opened.detail.reload();
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const isTyped = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (event.key === "Escape" && this.#opened.isOpen) this.#opened.close();
    else if (event.key === "Escape" && matchMedia(SHEET).matches) this.#close();
    else if (event.key === "*" && this.#opened.detail && !isTyped) this.#opened.detail.star();
    else if (!(event.target instanceof HTMLHeadingElement && this.#opened.key(event.key))) {
      // What is typed here is not for the stage.
      if (isTyped) event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * Keys that nothing in the library had for itself, such as after its focus went with a button that is gone.
   * @param {KeyboardEvent} event
   */
  #keyAnywhere(event) {
    if (!this.#isShown || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector("dialog[open]")) return;
    const isTyped = event.target instanceof Element && event.target.matches("input:not([type=checkbox], [type=range]), textarea, select");
    if (event.key === "Escape" && event.target === document.body && this.#opened.isOpen) this.#opened.close();
    else if (event.key === "/" && !isTyped) {
      this.#opened.close();
      this.#head.field.focus();
      this.#head.field.select();
    } else return;
    event.preventDefault();
  }

  #close() {
    /** @type {HTMLButtonElement | null} */ (document.querySelector("#panels [data-panel=library]"))?.click();
  }
}
