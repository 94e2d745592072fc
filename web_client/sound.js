// Sound of the page: browsers begin silent, one click brings it, and the level is remembered.

import { part, setIcon } from "./elements.js";

const REMEMBERED_AS = "avatar-server.volume";

/** @returns {number} 0..1 */
function rememberedLevel() {
  const level = Number(localStorage.getItem(REMEMBERED_AS) ?? "1");
  return level > 0 && level <= 1 ? level : 1;
}

export class Sound {
  #video;
  #mute = part("mute", HTMLButtonElement);
  #slider = part("volume", HTMLInputElement);
  #prompt = part("sound-prompt", HTMLButtonElement);
  #asked = false;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
    video.muted = true;
    video.volume = rememberedLevel();
    this.#mute.addEventListener("click", () => this.toggle());
    this.#prompt.addEventListener("click", () => this.on());
    this.#slider.addEventListener("input", () => this.setLevel(Number(this.#slider.value)));
    video.addEventListener("volumechange", () => this.#show());
    this.#show();
  }

  /** Sound was never switched on or off by hand: the page is silent only because browsers want it so. */
  get waiting() {
    return !this.#asked;
  }

  on() {
    this.#asked = true;
    this.#video.muted = false;
    if (this.#video.volume === 0) this.#video.volume = rememberedLevel();
    this.#video.play().catch(() => {
      this.#video.muted = true;
    });
    this.#show();
  }

  toggle() {
    if (this.#video.muted || this.#video.volume === 0) this.on();
    else this.#video.muted = true;
    this.#asked = true;
    this.#show();
  }

  /** @param {number} level 0..1 */
  setLevel(level) {
    const kept = Math.min(1, Math.max(0, Math.round(level * 100) / 100));
    this.#video.volume = kept;
    if (kept > 0) {
      localStorage.setItem(REMEMBERED_AS, String(kept));
      this.on();
    } else {
      this.#asked = true;
    }
    this.#show();
  }

  /** @param {number} by */
  change(by) {
    this.setLevel((this.#video.muted ? 0 : this.#video.volume) + by);
  }

  #show() {
    const silent = this.#video.muted || this.#video.volume === 0;
    const level = silent ? 0 : this.#video.volume;
    setIcon(this.#mute, silent ? "icon-muted" : level < 0.5 ? "icon-quiet" : "icon-sound");
    this.#mute.setAttribute("aria-pressed", String(silent));
    this.#mute.dataset["tip"] = silent ? "Sound on  (M)" : "Mute  (M)";
    this.#slider.value = String(level);
    this.#slider.style.setProperty("--played", String(level));
    this.#slider.setAttribute("aria-valuetext", `${Math.round(level * 100)} percent`);
    this.#prompt.hidden = this.#asked;
  }
}
