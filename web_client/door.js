// The door: hands in the key of a link, or what is typed into the card of a locked stage, and opens.

import { part } from "./elements.js";
import { enter, keyIn } from "./entry.js";

/** @typedef {import("./link.js").Link} Link */

/**
 * Opens the link, with the key in the address line if there is one.
 * @param {Link} link
 */
export function bindDoor(link) {
  /** @param {string} key */
  async function comeIn(key) {
    const refusal = await enter(key);
    if (refusal) link.refuse(refusal);
    else link.open();
  }

  /** The key leaves the address line, and with it the history, as soon as it is read. */
  function takeKey() {
    if (!location.hash.startsWith("#key=")) return "";
    const key = keyIn(location.hash);
    history.replaceState(history.state, "", `${location.pathname}${location.search}`);
    return key;
  }

  window.addEventListener("hashchange", () => {
    const key = takeKey();
    if (key) void comeIn(key);
  });
  part("key-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const given = part("key-given", HTMLInputElement);
    const key = keyIn(given.value);
    given.value = "";
    if (key) void comeIn(key);
  });

  const key = takeKey();
  if (key) void comeIn(key);
  else link.open();
}
