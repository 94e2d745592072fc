// How a video keeps step with the stage: decided from what both show, without touching either. Pure.

import { median } from "./stage_line.js";

/** @typedef {import("./stage_line.js").StageLine} StageLine */

/** Further apart than this a video goes there at once; nearer, it runs a little faster or slower. */
const FAR_S = 0.25;
/** At most so much faster or slower, as a share: nobody sees it. */
const NUDGE = 0.08;
/** A nudge is so strong that what is apart would be gone after this. */
const NUDGE_OVER_S = 0.8;
/** Nearer than this is together: a fifth of a picture. */
const TOGETHER_S = 0.006;
/** A smaller change of the rate is not worth telling the decoder. */
const LEAST_CHANGE = 0.004;
/** Pictures of the video this long back tell how far apart the two are, and so many of them at least. */
const REMEMBERED_S = 0.4;
const TELLING = 4;
/** What finding a place in a video may take, to begin with and at most. */
const USUAL_SEEK_S = 0.15;
const LONGEST_SEEK_S = 1;
/** Times in a file are rounded: a moment that begins a picture must not show the one before. */
const ROUNDING_S = 0.002;

/**
 * @typedef {object} Shown how a video stands, in the stage's time
 * @property {number | null} at_s of the picture that it shows; null before the first
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

export class Follower {
  /** How far the video is ahead, and when. @type {{now_s: number, ahead_s: number}[]} */
  #apart = [];
  #rate = 1;
  #jumps = -1;
  #takes_s = USUAL_SEEK_S;
  #soughtWhilePlaying = false;
  /** @type {number | null} */
  #stoodAt_s = null;

  /**
   * A picture of the video came on the screen.
   * @param {number} at_s its media time, in the stage's time
   * @param {number} now_s
   * @param {StageLine} line
   */
  see(at_s, now_s, line) {
    const stage_s = line.at(now_s);
    if (stage_s === null) return;
    this.#apart.push({ now_s, ahead_s: at_s - stage_s });
    while ((this.#apart[0]?.now_s ?? now_s) < now_s - REMEMBERED_S) this.#apart.shift();
    if (this.#soughtWhilePlaying && this.#apart.length === TELLING) this.#learn(line.speed);
  }

  /**
   * Seconds by which the video is ahead of the stage, the median of its latest pictures.
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
    const stay = { play: video.plays, rate: this.#rate, seek_s: null };
    if (stage_s === null || video.isBusy) return stay;
    const last_s = video.end_s - video.picture_s;
    if (stage_s >= last_s) return this.#stand(line, last_s, video);
    if (!line.moves) return this.#stand(line, stage_s, video);
    this.#stoodAt_s = null;
    return this.#run(line, stage_s, video);
  }

  /** @param {StageLine} line @param {number} stage_s @param {Shown} video @returns {Move} */
  #stand(line, stage_s, video) {
    this.#rate = line.speed;
    this.#jumps = line.jumps;
    const apart_s = stage_s - (video.at_s ?? -Infinity);
    const isShown = apart_s > -ROUNDING_S && apart_s < video.picture_s - ROUNDING_S / 2;
    const move = { play: false, rate: this.#rate, seek_s: null };
    // What was asked for once is not asked for again: a file may lack the very picture.
    if (isShown || (!video.plays && stage_s === this.#stoodAt_s)) return move;
    this.#stoodAt_s = stage_s;
    this.#forget();
    return { ...move, seek_s: stage_s + ROUNDING_S };
  }

  /** @param {StageLine} line @param {number} stage_s @param {Shown} video @returns {Move} */
  #run(line, stage_s, video) {
    const isElsewhere = line.jumps !== this.#jumps;
    this.#jumps = line.jumps;
    const tells = video.plays && this.#apart.length >= TELLING;
    const ahead_s = (tells ? this.ahead_s() : null) ?? 0;
    const begins = !video.plays && Math.abs((video.at_s ?? Infinity) - stage_s) > FAR_S / 2;
    if (isElsewhere || begins || Math.abs(ahead_s) > FAR_S) {
      this.#forget();
      this.#soughtWhilePlaying = true;
      this.#rate = line.speed;
      const seek_s = Math.min(stage_s + this.#takes_s * line.speed, video.end_s - video.picture_s);
      return { play: true, rate: this.#rate, seek_s };
    }
    const isTogether = Math.abs(ahead_s) < TOGETHER_S;
    const nudge = isTogether ? 0 : Math.min(Math.max(-ahead_s / NUDGE_OVER_S, -NUDGE), NUDGE);
    const rate = line.speed * (1 + nudge);
    const isWorthIt = nudge === 0 || Math.abs(rate - this.#rate) > LEAST_CHANGE * line.speed;
    if (isWorthIt) this.#rate = rate;
    return { play: true, rate: this.#rate, seek_s: null };
  }

  #forget() {
    this.#apart = [];
    this.#soughtWhilePlaying = false;
  }

  /** How far off the last place was tells how long finding one takes here. @param {number} speed */
  #learn(speed) {
    this.#soughtWhilePlaying = false;
    const late_s = -(this.ahead_s() ?? 0) / speed;
    this.#takes_s = Math.min(Math.max(this.#takes_s + late_s / 2, 0), LONGEST_SEEK_S);
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
