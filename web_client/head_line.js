// The head line and the card: who is on the stage, how the connection is, and words where no picture is.

import { part, write } from "./elements.js";
import { countsOf, receptionBetween } from "./reception.js";
import { card, hasPicture, rateWords, shortWords, waitingNote } from "./states.js";

/** @typedef {import("./messages.d.ts").Status} Status */
/** @typedef {import("./messages.d.ts").Welcome} Welcome */
/** @typedef {import("./reception.js").Counts} Counts */
/** @typedef {import("./states.js").Situation} Situation */

/** @param {Welcome} welcome */
export function showInteraction({ interaction, size, version }) {
  write(part("key", HTMLElement), interaction.key);
  write(part("set", HTMLElement), [interaction.label, interaction.split].filter(Boolean).join(" / "));
  const people = interaction.people.map((person) => {
    const element = document.createElement("li");
    element.dataset["side"] = person.side;
    element.title = `${person.id}, at the ${person.side}`;
    element.textContent = person.name;
    return element;
  });
  part("people", HTMLUListElement).replaceChildren(...people);
  part("head", HTMLElement).hidden = false;
  document.title = `${interaction.key} · avatar-server`;
  write(part("fact-picture", HTMLElement), `${size[0]} × ${size[1]}`);
  write(part("fact-version", HTMLElement), version);
}

/** @param {Status} status */
export function showFacts(status) {
  if (!part("help", HTMLDialogElement).open) return;
  write(part("fact-rate", HTMLElement), `${Math.round(status.pictures_per_second)} a second`);
  write(part("fact-draw", HTMLElement), `${status.draw_ms.toFixed(1)} ms`);
  write(part("fact-encode", HTMLElement), `${status.encode_ms.toFixed(1)} ms`);
  write(part("fact-dropped", HTMLElement), String(status.dropped));
  write(part("fact-viewers", HTMLElement), String(status.viewers));
}

/** @type {Counts | null} */
let counted = null;

/**
 * To be called about once a second while it is looked at: counting costs the browser some milliseconds.
 * @param {() => Promise<RTCStatsReport | null>} stats
 */
export async function showReception(stats) {
  const reports = await stats();
  if (!reports) return;
  const before = counted;
  counted = countsOf(reports.values(), performance.now());
  // Of a new connection the counts begin anew.
  if (!before || counted.packets < before.packets) return;
  const { width, height, mbit_per_second, round_trip_ms, lost_share } = receptionBetween(before, counted);
  write(part("fact-received", HTMLElement), `${width} × ${height}, ${mbit_per_second.toFixed(1)} Mbit/s`);
  write(part("fact-trip", HTMLElement), round_trip_ms === null ? "–" : `${Math.round(round_trip_ms)} ms`);
  write(part("fact-lost", HTMLElement), `${(lost_share * 100).toFixed(1)} % of packets`);
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
