// Light or dark: as the machine has it, until the viewer chooses.

import { part } from "./elements.js";

/** @typedef {"light" | "dark"} Theme */

const REMEMBERED = "avatar-server.theme";
const DARK = "(prefers-color-scheme: dark)";

/** @returns {Theme | null} what was chosen on this machine */
function chosen() {
  try {
    const kept = localStorage.getItem(REMEMBERED);
    return kept === "light" || kept === "dark" ? kept : null;
  } catch {
    return null; // Storage is switched off.
  }
}

/**
 * Sets `data-theme` on the page and keeps it true.
 * @returns {{next: () => void}} chooses the other one
 */
export function bindTheme() {
  const root = document.documentElement;
  const button = part("theme", HTMLButtonElement);
  const dark = window.matchMedia(DARK);
  const lay = () => {
    const theme = chosen() ?? (dark.matches ? "dark" : "light");
    root.dataset["theme"] = theme;
    button.setAttribute("aria-pressed", String(theme === "dark"));
  };
  const next = () => {
    const other = root.dataset["theme"] === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(REMEMBERED, other);
      lay();
    } catch {
      root.dataset["theme"] = other;
    }
  };
  button.addEventListener("click", next);
  dark.addEventListener("change", lay);
  lay();
  return { next };
}
