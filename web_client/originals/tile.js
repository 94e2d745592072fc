// One person's original video: what is seen of it, and what is said where nothing is.

import { write } from "../elements.js";
import { formatTime } from "../time_text.js";
import { Follower, paceOf } from "./follower.js";

/** @typedef {import("../messages.d.ts").PersonShown} PersonShown */
/** @typedef {import("./find_video.js").Found} Found */
/** @typedef {import("./stage_line.js").StageLine} StageLine */

/**
 * @typedef {"asking" | "showing" | "waiting" | "over" | "absent" | "failed" | "broken"} TileState
 *     over: the video ended before the interaction; absent: nobody has one; failed: it cannot be had now;
 *     broken: this browser cannot play it
 */

/** Until two of its pictures tell, a video is taken to have as many a second as most of them do. */
const USUAL_PICTURE_S = 1 / 30;
/** Pictures nearer together are one that is shown twice. */
const SHORTEST_PICTURE_S = 1 / 130;
/** The browser looks for data this long before anybody is told. */
const PATIENCE_MS = 300;

const now_s = () => performance.now() / 1000;

export class Tile {
  #video = document.createElement("video");
  #veil = document.createElement("div");
  #words = document.createElement("p");
  #action = document.createElement("a");
  #again = document.createElement("button");
  #figures = document.createElement("span");
  #follower = new Follower();
  #line;
  /** @type {TileState} */
  #state = "asking";
  #pace = 1;
  /** @type {Found | null} */
  #found = null;
  /** @type {number | null} */
  #at_s = null;
  #picture_s = USUAL_PICTURE_S;
  #isMeasured = false;
  #patience = 0;
  #closed = false;

  /**
   * @param {PersonShown} person
   * @param {StageLine} line
   * @param {(tile: Tile) => void} onAgain somebody wants it to be looked for once more
   */
  constructor(person, line, onAgain) {
    this.person = person;
    this.#line = line;
    this.#again.addEventListener("click", () => {
      this.#become("asking", "Looking for the original video");
      onAgain(this);
    });
    this.element = document.createElement("figure");
    this.element.className = "original";
    this.element.dataset["side"] = person.side;
    this.#lay();
    this.#become("asking", "Looking for the original video");
    for (const kind of ["seeked", "canplay", "playing", "loadedmetadata"]) {
      this.#video.addEventListener(kind, () => this.follow());
    }
    this.#video.addEventListener("error", () => this.#fail());
    this.#watchPictures();
  }

  #lay() {
    const video = this.#video;
    // The sound comes from the stage.
    video.muted = true;
    video.playsInline = true;
    video.preload = "auto";
    video.disablePictureInPicture = true;
    video.disableRemotePlayback = true;
    video.tabIndex = -1;
    video.setAttribute("aria-label", `Original video of ${this.person.name}`);
    this.#veil.className = "veil";
    this.#veil.setAttribute("role", "status");
    const ring = document.createElement("span");
    ring.className = "ring";
    this.#again.type = "button";
    this.#again.textContent = "Try again";
    this.#action.textContent = "Save the file";
    for (const pressed of [this.#again, this.#action]) {
      pressed.className = "wordy";
      // On the picture every press is taken for a hand that turns it.
      pressed.addEventListener("pointerdown", (event) => event.stopPropagation());
    }
    this.#veil.append(ring, this.#words, this.#again, this.#action);
    const caption = document.createElement("figcaption");
    const who = document.createElement("span");
    who.className = "who";
    who.textContent = this.person.name;
    this.#figures.className = "apart";
    caption.append(who, this.#figures);
    this.element.append(video, this.#veil, caption);
  }

  get state() {
    return this.#state;
  }

  /** Seconds by which the video is ahead of the stage; null while that cannot be told. */
  get ahead_s() {
    return this.#isSeen && !this.#video.seeking ? this.#follower.ahead_s() : null;
  }

  /** Media seconds a second at which it plays, with what brings it back into step. */
  get rate() {
    return this.#video.playbackRate;
  }

  get #isSeen() {
    return this.#state === "showing" || this.#state === "over";
  }

  /** @param {Found} found */
  show(found) {
    if (this.#closed) return;
    this.#found = found;
    if (found.state !== "here") {
      this.#become(found.state, found.words);
      return;
    }
    this.#become("asking", "Loading the original video");
    this.#video.src = found.address;
  }

  /** Does what keeps it in step with the stage. */
  follow() {
    const video = this.#video;
    if (this.#closed || video.readyState < HTMLMediaElement.HAVE_METADATA || this.#state === "broken") return;
    this.#pace = paceOf(video.duration, this.#found ?? { frame_count: null, rate_hz: null });
    const lacksData = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.paused;
    const isEmpty = video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA;
    const end_s = video.duration / this.#pace;
    const move = this.#follower.decide(this.#line, now_s(), {
      at_s: this.#at_s,
      picture_s: this.#picture_s,
      end_s,
      plays: !video.paused,
      isBusy: video.seeking || isEmpty || (lacksData && !video.ended),
    });
    const rate = Math.min(Math.max(move.rate * this.#pace, 0.1), 8);
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (move.seek_s !== null) {
      video.currentTime = move.seek_s * this.#pace;
      this.#at_s = null;
    }
    if (move.play && video.paused) video.play().catch(() => undefined);
    if (!move.play && !video.paused) video.pause();
    this.#tell(video.seeking || isEmpty || lacksData, end_s);
  }

  /** @param {boolean} lacks @param {number} end_s */
  #tell(lacks, end_s) {
    if (!lacks) this.#patience = performance.now() + PATIENCE_MS;
    const stage_s = this.#line.at(now_s()) ?? 0;
    if (performance.now() > this.#patience) this.#become("waiting", "Waiting for the video");
    else if (this.#at_s === null) return;
    else if (stage_s > end_s + this.#picture_s) this.#become("over", `The video ends at ${formatTime(end_s)}`);
    else if (!lacks) this.#become("showing", "");
  }

  /** Writes how far apart it is, for people; often enough is twice a second. */
  tellFigures() {
    const ahead_s = this.ahead_s;
    if (ahead_s === null) {
      write(this.#figures, "");
      this.element.title = `Original video of ${this.person.id}`;
      delete this.element.dataset["aheadMs"];
      return;
    }
    const ahead_ms = Math.round(ahead_s * 1000);
    const sign = ahead_ms > 0 ? "+" : ahead_ms < 0 ? "−" : "±";
    write(this.#figures, `${sign}${Math.abs(ahead_ms)} ms`);
    const apart = ahead_ms === 0 ? "together with" : `${Math.abs(ahead_ms)} ms ${ahead_ms > 0 ? "ahead of" : "behind"}`;
    this.element.title = `Original video of ${this.person.id}: ${apart} the stage (median of its last pictures)`;
    this.element.dataset["aheadMs"] = String(ahead_ms);
  }

  #watchPictures() {
    if (!("requestVideoFrameCallback" in HTMLVideoElement.prototype)) {
      this.#video.addEventListener("timeupdate", () => this.#seen(this.#video.currentTime, now_s()));
      return;
    }
    /** @type {VideoFrameRequestCallback} */
    const seen = (_now, { mediaTime, expectedDisplayTime }) => {
      if (this.#closed) return;
      this.#seen(mediaTime, expectedDisplayTime / 1000);
      this.#video.requestVideoFrameCallback(seen);
    };
    this.#video.requestVideoFrameCallback(seen);
  }

  /**
   * @param {number} media_s of a picture
   * @param {number} shown_s when it is on the screen
   */
  #seen(media_s, shown_s) {
    const at_s = media_s / this.#pace;
    const since_s = this.#at_s === null ? 0 : at_s - this.#at_s;
    if (since_s > SHORTEST_PICTURE_S && (!this.#isMeasured || since_s < this.#picture_s)) {
      this.#picture_s = Math.min(since_s, 2 * USUAL_PICTURE_S);
      this.#isMeasured = true;
    }
    this.#at_s = at_s;
    if (!this.#video.seeking && !this.#video.paused) this.#follower.see(at_s, shown_s, this.#line);
    else this.follow();
  }

  #fail() {
    if (this.#closed || this.#found?.state !== "here") return;
    const { error } = this.#video;
    if (error?.code === MediaError.MEDIA_ERR_NETWORK) {
      this.#become("failed", "The video stopped coming");
      return;
    }
    this.#become("broken", "This browser cannot play the video");
    this.#veil.title = error?.message ?? "";
    this.#action.href = this.#found.address;
    this.#action.download = `${this.person.id}.mp4`;
  }

  /** @param {TileState} state @param {string} words */
  #become(state, words) {
    this.#state = state;
    if (this.element.dataset["state"] !== state) this.element.dataset["state"] = state;
    write(this.#words, words);
    this.#again.hidden = state !== "failed";
    this.#action.hidden = state !== "broken";
  }

  /** Lets the file go. */
  close() {
    this.#closed = true;
    this.#video.pause();
    this.#video.removeAttribute("src");
    this.#video.load();
    this.element.remove();
  }
}
