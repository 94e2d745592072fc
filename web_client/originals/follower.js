// How a video keeps step with the stage: decided from what both show, without touching either. Pure.

import { median } from "./stage_line.js";

/** @typedef {import("./stage_line.js").StageLine} StageLine */

/** Further apart than this a video goes there at once; nearer, it runs a little faster or slower. */
const FAR_S = 0.25;
/** A machine that cannot keep up is not helped by looking for places: while it played on, so seldom, or so far off. */
const SELDOM_S = 3;
const LOST_S = 1;
/** At most so much faster or slower, as a share: nobody sees it. */
const NUDGE = 0.08;
/** A nudge is so strong that what is apart would be gone after this. */
const NUDGE_OVER_S = 0.8;
/** Nearer than this is together: a fifth of a picture. */
const TOGETHER_S = 0.006;
/** A smaller change of the rate is not worth telling the decoder, as a share. */
const LEAST_CHANGE = 0.004;
/** Pictures of the video this long back tell how far apart the two are, and so many of them at least. */
const REMEMBERED_S = 0.4;
const TELLING = 4;
/** What finding a place in a video takes, and what starting to play does, before either is known. */
const USUAL_SEEK_S = 0.15;
const USUAL_START_S = 0.03;
const LONGEST_SEEK_S = 1;
/** A place is looked for so much further on than finding it lately took: it is better to wait there than to be late. */
const SPARE = 1.4;
/** A picture of a new place that did not come after this comes no more: it is the old one. */
const PATIENCE_S = 0.5;
/** Times in a file are rounded: a moment that begins a picture must not show the one before. */
const ROUNDING_S = 0.002;

/**
 * @typedef {object} Shown how a video stands, in the stage's time
 * @property {number | null} at_s of the picture that it shows; null until one of the place last looked for is there
 * @property {number} picture_s how long each of its pictures is shown
 * @property {number} end_s where it ends
 * @property {boolean} plays
 * @property {boolean} isBusy it looks for a place or waits for data
 */

/**
 * @typedef {object} Move what the video is to do
 * @property {boolean} play
 * @property {number} rate media seconds a second
 * @property {number | null} seek_s go there first; null to stay
 */

/**
 * After a jump of the stage a video looks for a place a little further on, waits there, and starts when the stage
 * comes by; while it plays, its rate makes up for what is left.
 */
export class Follower {
  /** How far the video is ahead, and when. @type {{now_s: number, ahead_s: number}[]} */
  #apart = [];
  #rate = 1;
  #jumps = -1;
  #seekTakes_s = USUAL_SEEK_S;
  #startTakes_s = USUAL_START_S;
  /** When a place was looked for that is not there yet. @type {number | null} */
  #sought_s = null;
  #hasJustStarted = false;
  /** When it last fell too far behind while it played. */
  #caughtUp_s = -Infinity;
  /** @type {number | null} */
  #stoodAt_s = null;

  /**
   * A picture of the video that plays came on the screen.
   * @param {number} at_s its media time, in the stage's time
   * @param {number} now_s
   * @param {StageLine} line
   */
  see(at_s, now_s, line) {
    const stage_s = line.at(now_s);
    if (stage_s === null) return;
    this.#apart.push({ now_s, ahead_s: at_s - stage_s });
    while ((this.#apart[0]?.now_s ?? now_s) < now_s - REMEMBERED_S) this.#apart.shift();
    if (!this.#hasJustStarted || this.#apart.length < TELLING) return;
    this.#hasJustStarted = false;
    const late_s = -(this.ahead_s() ?? 0) / line.speed;
    this.#startTakes_s = Math.min(Math.max(this.#startTakes_s + late_s / 2, 0), FAR_S);
  }

  /**
   * Seconds by which the video is ahead of the stage, the median of its latest pictures; 0 in a pause in which both
   * show the same picture.
   * @returns {number | null} null until pictures tell
   */
  ahead_s() {
    return this.#apart.length > 0 ? median(this.#apart.map(({ ahead_s }) => ahead_s)) : null;
  }

  /**
   * @param {StageLine} line
   * @param {number} now_s
   * @param {Shown} video
   * @returns {Move}
   */
  decide(line, now_s, video) {
    const stage_s = line.at(now_s);
    const isComing = this.#sought_s !== null && video.at_s === null && now_s - this.#sought_s < PATIENCE_S;
    if (stage_s === null) return this.#hold();
    if (video.isBusy || isComing) return { play: video.plays, rate: this.#rate, seek_s: null };
    if (this.#sought_s !== null) {
      const took_s = Math.min(now_s - this.#sought_s, LONGEST_SEEK_S);
      this.#seekTakes_s += (took_s - this.#seekTakes_s) / 2;
      this.#sought_s = null;
    }
    const isElsewhere = line.jumps !== this.#jumps;
    this.#jumps = line.jumps;
    const last_s = video.end_s - video.picture_s;
    if (stage_s >= last_s) return this.#rest(last_s, now_s, video);
    if (line.rests) return this.#rest(stage_s, now_s, video);
    this.#stoodAt_s = null;
    if (isElsewhere) return this.#goTo(line, stage_s, now_s, video);
    // Its pictures stay away: it goes on from elsewhere, some time.
    if (!line.moves) return this.#hold();
    return video.plays ? this.#keepUp(line, stage_s, now_s, video) : this.#start(line, stage_s, now_s, video);
  }

  #hold() {
    this.#apart = [];
    return { play: false, rate: this.#rate, seek_s: null };
  }

  /** Show the very picture. @param {number} stage_s @param {number} now_s @param {Shown} video @returns {Move} */
  #rest(stage_s, now_s, video) {
    const apart_s = stage_s - (video.at_s ?? -Infinity);
    const isShown = apart_s > -ROUNDING_S && apart_s < video.picture_s - ROUNDING_S / 2;
    const move = this.#hold();
    if (isShown) this.#apart = [{ now_s, ahead_s: 0 }];
    // What was asked for once is not asked for again: a file may lack the very picture.
    const isAsked = !video.plays && stage_s === this.#stoodAt_s;
    this.#stoodAt_s = stage_s;
    if (isShown || isAsked) return move;
    this.#sought_s = now_s;
    return { ...move, seek_s: stage_s + ROUNDING_S };
  }

  /** @param {StageLine} line @param {number} stage_s @param {number} now_s @param {Shown} video @returns {Move} */
  #goTo(line, stage_s, now_s, video) {
    const move = this.#hold();
    this.#sought_s = now_s;
    const ahead_s = this.#seekTakes_s * SPARE * line.speed;
    return { ...move, seek_s: Math.min(stage_s + ahead_s, video.end_s - video.picture_s) };
  }

  /** @param {StageLine} line @param {number} stage_s @param {number} now_s @param {Shown} video @returns {Move} */
  #start(line, stage_s, now_s, video) {
    const ahead_s = (video.at_s ?? -Infinity) - stage_s;
    const isTooFar = ahead_s < -FAR_S / 2 || ahead_s > LONGEST_SEEK_S * SPARE * line.speed;
    if (isTooFar) return this.#goTo(line, stage_s, now_s, video);
    if (ahead_s > this.#startTakes_s * line.speed) return this.#hold();
    this.#apart = [];
    this.#hasJustStarted = true;
    this.#rate = line.speed;
    return { play: true, rate: this.#rate, seek_s: null };
  }

  /** @param {StageLine} line @param {number} stage_s @param {number} now_s @param {Shown} video @returns {Move} */
  #keepUp(line, stage_s, now_s, video) {
    const ahead_s = (this.#apart.length < TELLING ? null : this.ahead_s()) ?? 0;
    const isFar = Math.abs(ahead_s) > (now_s - this.#caughtUp_s < SELDOM_S ? LOST_S : FAR_S);
    if (isFar) {
      this.#caughtUp_s = now_s;
      return this.#goTo(line, stage_s, now_s, video);
    }
    const isTogether = Math.abs(ahead_s) < TOGETHER_S;
    const nudge = isTogether ? 0 : Math.min(Math.max(-ahead_s / NUDGE_OVER_S, -NUDGE), NUDGE);
    const rate = line.speed * (1 + nudge);
    if (nudge === 0 || Math.abs(rate - this.#rate) > LEAST_CHANGE * line.speed) this.#rate = rate;
    return { play: true, rate: this.#rate, seek_s: null };
  }
}

/** Rates that cameras have, pictures a second. */
const KNOWN_RATES_HZ = [24_000 / 1001, 24, 25, 30_000 / 1001, 30, 50, 60_000 / 1001, 60];
/** A rate as near as this to a known one is that one, as a share. */
const SAME_RATE = 2e-4;

/**
 * Seconds of a video file for each second of the stage: 1, unless the file claims another rate of pictures than the
 * recording has. The motion has a frame for each picture of the video, and its rate was found from the sound.
 * @param {number} video_s how long the file says that it is
 * @param {{frame_count: number | null, rate_hz: number | null}} recording
 * @returns {number}
 */
export function paceOf(video_s, { frame_count, rate_hz }) {
  if (!frame_count || !rate_hz || !(video_s > 0)) return 1;
  const claimed_hz = frame_count / video_s;
  const isSame = Math.abs(video_s - frame_count / rate_hz) < 1.5 / rate_hz;
  const isKnown = KNOWN_RATES_HZ.some((known) => Math.abs(claimed_hz / known - 1) < SAME_RATE);
  return isSame || !isKnown ? 1 : rate_hz / claimed_hz;
}
