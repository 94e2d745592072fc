// Words that come and go: errors of the server as toasts, notices about the interaction that stay until put away.

import { icon, part } from "./elements.js";

const TOAST_MS = 7000;

/**
 * @param {string} words
 * @param {() => void} onDismiss
 */
function line(words, onDismiss) {
  const element = document.createElement("div");
  element.className = "line";
  const text = document.createElement("span");
  text.textContent = words;
  const dismiss = document.createElement("button");
  dismiss.type = "button";
  dismiss.className = "dismiss";
  dismiss.setAttribute("aria-label", "Dismiss");
  dismiss.append(icon("icon-close"));
  dismiss.addEventListener("click", onDismiss);
  element.append(text, dismiss);
  return element;
}

/**
 * @param {string} words
 * @param {boolean} [refused] something that was asked for cannot be done
 */
export function toast(words, refused = false) {
  const shelf = part("toasts", HTMLDivElement);
  for (const shown of shelf.children) {
    if (shown.firstChild?.textContent === words) shown.remove();
  }
  const element = line(words, () => element.remove());
  element.classList.toggle("refused", refused);
  shelf.append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

/** Notices the viewer has put away; a reconnection does not bring them back. */
let putAway = "";

/** @param {string[]} notices */
export function showNotices(notices) {
  const shelf = part("notices", HTMLElement);
  const words = notices.join("\n");
  if (words === "" || words === putAway) {
    shelf.replaceChildren();
    return;
  }
  const element = line(words, () => {
    putAway = words;
    element.remove();
  });
  shelf.replaceChildren(element);
}
