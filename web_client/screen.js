// The full screen, and the bar that steps aside when nobody moves and the picture needs the room.

import { part, setIcon } from "./elements.js";

const IDLE_MS = 2600;
/** In a lower window the bar would take a third of the picture. */
const LOW_WINDOW = "(max-height: 520px)";

/** Shows the whole page, controls included, on the full screen, or goes back. */
export async function toggleFullScreen() {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen();
}

/**
 * Shows the picture in a window that stays above others, or brings it back.
 * @param {HTMLVideoElement} video
 */
export async function togglePictureInPicture(video) {
  if (document.pictureInPictureElement) await document.exitPictureInPicture();
  else await video.requestPictureInPicture();
}

/**
 * The button for it, where the browser has such windows.
 * @param {HTMLVideoElement} video
 */
export function bindPictureInPicture(video) {
  const button = part("pip", HTMLButtonElement);
  button.hidden = !document.pictureInPictureEnabled;
  button.addEventListener("click", () => void togglePictureInPicture(video).catch(() => undefined));
  for (const kind of ["enterpictureinpicture", "leavepictureinpicture"]) {
    video.addEventListener(kind, () => {
      button.setAttribute("aria-pressed", String(document.pictureInPictureElement === video));
    });
  }
}

/**
 * Sets `data-overlay` on the page where the bar lies on the picture, and `data-idle` when the viewer has not moved
 * for a while; the style sheet hides the bar where both hold.
 * @param {() => boolean} playing
 * @returns {{justWoken: () => boolean}} whether the latest press found the bar away: such a touch only brings it back
 */
export function bindScreen(playing) {
  const button = part("fullscreen", HTMLButtonElement);
  const root = document.documentElement;
  const low = window.matchMedia(LOW_WINDOW);
  const lay = () => {
    root.toggleAttribute("data-overlay", low.matches || document.fullscreenElement !== null);
  };
  low.addEventListener("change", lay);
  lay();

  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", () => void toggleFullScreen().catch(() => undefined));
  document.addEventListener("fullscreenchange", () => {
    const full = document.fullscreenElement !== null;
    setIcon(button, full ? "icon-window" : "icon-fullscreen");
    button.setAttribute("aria-pressed", String(full));
    lay();
  });

  /** @type {number | undefined} */
  let timer;
  const sleep = () => {
    const busy = !playing() || document.querySelector("#bar :focus-visible, dialog[open]") !== null;
    if (busy) wake();
    else root.dataset["idle"] = "";
  };
  const wake = () => {
    delete root.dataset["idle"];
    clearTimeout(timer);
    timer = setTimeout(sleep, IDLE_MS);
  };
  let woken = false;
  const notePress = () => {
    woken = root.hasAttribute("data-overlay") && "idle" in root.dataset;
  };
  document.addEventListener("pointerdown", notePress, { capture: true, passive: true });
  for (const kind of ["pointermove", "pointerdown", "keydown", "focusin"]) {
    document.addEventListener(kind, wake, { capture: true, passive: true });
  }
  wake();
  return { justWoken: () => woken };
}
