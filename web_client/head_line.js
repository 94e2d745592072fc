// The head line and the card: who is on the stage, how the connection is, and words where no picture is.

import { part, write } from "./elements.js";
import { card, hasPicture, rateWords, shortWords, waitingNote } from "./states.js";

/** @typedef {import("./messages.d.ts").Welcome} Welcome */
/** @typedef {import("./messages.d.ts").Status} Status */
/** @typedef {import("./states.js").Situation} Situation */

const MADE_FACE = "face synthesised from the voice";

/** @param {Welcome} welcome */
export function showInteraction({ interaction, size, version }) {
  write(part("key", HTMLElement), interaction.key);
  write(part("set", HTMLElement), [interaction.label, interaction.split].filter(Boolean).join(" / "));
  const people = interaction.people.map((person) => {
    const element = document.createElement("li");
    element.dataset["side"] = person.side;
    const chip = document.createElement("button");
    chip.type = "button";
    chip.dataset["side"] = person.side;
    chip.title = `${person.id}, at the ${person.side}`;
    chip.textContent = person.name;
    const face = document.createElement("small");
    face.textContent = MADE_FACE;
    face.title = `The face of ${person.name} was not recorded: it is ${MADE_FACE.replace("face ", "")}`;
    face.hidden = person.face !== "synthesised";
    element.append(chip, face);
    return element;
  });
  part("people", HTMLUListElement).replaceChildren(...people);
  part("head", HTMLElement).hidden = false;
  document.title = `${interaction.key} · avatar-server`;
  write(part("fact-picture", HTMLElement), `${size[0]} × ${size[1]}`);
  write(part("fact-version", HTMLElement), version);
}

/**
 * Marks whose face was made from the voice.
 * @param {Status} status
 */
export function showFaces({ faces }) {
  part("people", HTMLUListElement)
    .querySelectorAll("small")
    .forEach((mark, index) => mark.toggleAttribute("hidden", faces[index] !== "synthesised"));
}

/**
 * Marks who speaks; nobody in the preset that shows what a challenge shows.
 * @param {Status} status
 */
export function showSpeaking({ speaking, preset }) {
  part("people", HTMLUListElement)
    .querySelectorAll("li")
    .forEach((person, index) => person.toggleAttribute("data-speaks", preset !== "genea" && speaking[index] === true));
}

/** @param {Situation} situation */
export function showSituation(situation) {
  const state = part("state", HTMLElement);
  if (state.dataset["state"] !== situation.state) {
    state.dataset["state"] = situation.state;
    document.documentElement.dataset["state"] = situation.state;
    document.documentElement.toggleAttribute("data-picture", hasPicture(situation));
  }
  write(part("state-words", HTMLElement), shortWords(situation));
  write(part("state-rate", HTMLElement), rateWords(situation));

  const note = waitingNote(situation);
  document.documentElement.toggleAttribute("data-waiting", note !== null);
  // Emptied when it is over: only what is written anew is read out the next time.
  write(part("waiting-title", HTMLElement), note?.title ?? "");
  write(part("waiting-detail", HTMLElement), note?.detail ?? "");

  const words = card(situation);
  const element = part("card", HTMLElement);
  element.hidden = words === null;
  if (!words) return;
  element.classList.toggle("busy", words.busy);
  write(part("card-title", HTMLElement), words.title);
  write(part("card-detail", HTMLElement), words.detail);
  part("key-form", HTMLFormElement).hidden = situation.state !== "locked";
  const button = part("card-action", HTMLButtonElement);
  write(button, words.action);
  button.hidden = words.action === "";
}
