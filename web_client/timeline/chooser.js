// Which curves are shown: a list to tick, remembered on this machine.

import { button, made } from "./build.js";
import { FIRST_CHOICE, MOST_CHOSEN } from "./curve_data.js";

/** @typedef {ReturnType<typeof import("./curve_data.js").choicesOf>} Choices */

const REMEMBERED = "avatar-server.curves";

/** @returns {string[]} */
function remembered() {
  try {
    const names = JSON.parse(localStorage.getItem(REMEMBERED) ?? "null");
    if (Array.isArray(names)) return names.map(String).slice(0, MOST_CHOSEN);
  } catch {
    // Storage is switched off, or somebody else wrote there.
  }
  return [...FIRST_CHOICE];
}

/** @param {readonly string[]} names */
function remember(names) {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(names));
  } catch {
    // Storage is switched off: the choice holds for this visit.
  }
}

export class CurveChooser {
  chosen = remembered();
  /** Lies over the page while it is open. */
  list = made("div", "curve-list");
  button;
  #changed;

  /** @param {(names: string[]) => void} changed */
  constructor(changed) {
    this.#changed = changed;
    this.list.popover = "auto";
    this.list.id = "curve-list";
    this.list.setAttribute("aria-label", "Curves");
    this.button = button("curves", "Curves", "Choose curves", () => undefined);
    this.button.popoverTargetElement = this.list;
    this.button.append(made("span", "", "Curves"));
    this.button.classList.add("labelled");
    this.list.addEventListener("toggle", () => {
      if (this.list.matches(":popover-open")) this.#place();
    });
    // Space ticks a box here and does not play.
    this.list.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") event.stopPropagation();
    });
    this.list.addEventListener("change", (event) => {
      if (event.target instanceof HTMLInputElement) this.tick(event.target.value, event.target.checked);
    });
  }

  /**
   * @param {Choices} choices
   * @param {string} trouble why there are none
   */
  offer(choices, trouble) {
    this.list.replaceChildren(
      ...choices.map(({ title, curves }) => {
        const group = made("fieldset", "", made("legend", "", title));
        for (const { name, words, isDead } of curves) {
          const box = made("input", "");
          box.type = "checkbox";
          box.value = name;
          const label = made("label", "", box, words);
          if (isDead) label.title = "Zero in every recording of the data set";
          label.classList.toggle("dead", isDead);
          group.append(label);
        }
        return group;
      }),
    );
    if (choices.length === 0) this.list.append(made("p", "", trouble || "The face was not measured in this recording."));
    this.#show();
  }

  /**
   * @param {string} name
   * @param {boolean} isChosen
   */
  tick(name, isChosen) {
    this.chosen = this.chosen.filter((one) => one !== name);
    if (isChosen) this.chosen.push(name);
    remember(this.chosen);
    this.#show();
    this.#changed(this.chosen);
  }

  #show() {
    const isFull = this.chosen.length >= MOST_CHOSEN;
    for (const box of this.list.querySelectorAll("input")) {
      box.checked = this.chosen.includes(box.value);
      box.disabled = isFull && !box.checked;
    }
  }

  #place() {
    const from = this.button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.list;
    this.list.style.left = `${Math.max(8, Math.min(from.right - width, innerWidth - width - 8))}px`;
    this.list.style.top = `${Math.max(8, from.top - height - 8)}px`;
    this.list.querySelector("input")?.focus({ preventScroll: true });
  }
}
