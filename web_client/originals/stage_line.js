// The stage's time between its pictures: where it is at any moment, and whether it moves. Pure.

/** Pictures this long back tell where time is; more would notice a change too late. */
const REMEMBERED_S = 0.5;
/** A picture further than this from where time should be shows another place: somebody went there. */
const JUMP_S = 0.25;
/** Time that has not moved for this long stands still, whatever the stage says: pictures do not come. */
const STILL_S = 0.4;
/** Two pictures nearer than this are one, drawn again. */
const SAME_S = 0.001;
/** So many pictures tell a new speed from the old one. */
const TELLING = 4;

/**
 * Pictures come a display's beat early or late; time itself goes evenly. So where it is, is the median of what the
 * latest pictures say, and not what the last one says.
 */
export class StageLine {
  /** Oldest first, all of one stretch that goes on evenly. @type {{now_s: number, time_s: number}[]} */
  #seen = [];
  #speed = 1;
  #moves = false;
  #playing = false;

  /** Another number than before means another place. */
  jumps = 0;

  /** Whether the pictures that are seen show time passing. */
  get moves() {
    return this.#moves;
  }

  /** Whether time is held, and not only lacks pictures. */
  get rests() {
    return !this.#moves && !this.#playing;
  }

  /** Media seconds a second at which time moves, or would. */
  get speed() {
    return this.#speed;
  }

  /**
   * What is on the screen.
   * @param {number} time_s media time of the picture
   * @param {number} now_s any clock that only goes forward, the same in every call
   * @param {{speed: number, playing: boolean}} told by the stage; pictures follow a moment later
   */
  note(time_s, now_s, { speed, playing }) {
    this.#playing = playing;
    if (this.#jumpsTo(time_s, now_s)) {
      this.#seen = [];
      this.#moves = false;
      this.jumps += 1;
    }
    const last = this.#seen.at(-1);
    if (last && Math.abs(time_s - last.time_s) < SAME_S) {
      if (!playing || now_s - last.now_s > STILL_S) this.#moves = false;
      return;
    }
    // Of two different pictures the second tells that time moves, unless a pause is stepped through.
    if (last && playing) this.#moves = true;
    if (!this.#moves) this.#seen = [];
    this.#seen.push({ time_s, now_s });
    this.#follow(speed);
    while ((this.#seen[0]?.now_s ?? now_s) < now_s - REMEMBERED_S) this.#seen.shift();
  }

  /**
   * Whether a time is not one that goes on from what was seen: the same as before, or of another place.
   * @param {number} time_s
   * @param {number} now_s
   * @returns {boolean}
   */
  isElsewhere(time_s, now_s) {
    const last = this.#seen.at(-1);
    return !last || !this.#moves || Math.abs(time_s - last.time_s) < SAME_S || this.#jumpsTo(time_s, now_s);
  }

  /** What was seen is of another interaction or connection. */
  forget() {
    this.#seen = [];
    this.#moves = false;
    this.jumps += 1;
  }

  /**
   * @param {number} now_s
   * @returns {number | null} media time; null before the first picture
   */
  at(now_s) {
    const last = this.#seen.at(-1);
    if (!last) return null;
    if (!this.#moves) return last.time_s;
    return median(this.#seen.map(({ time_s, now_s: then_s }) => time_s - then_s * this.#speed)) + now_s * this.#speed;
  }

  /** @param {number} time_s @param {number} now_s */
  #jumpsTo(time_s, now_s) {
    const last = this.#seen.at(-1);
    if (!last) return true;
    const passed_s = this.#moves ? Math.min(now_s - last.now_s, STILL_S) * this.#speed : 0;
    return Math.abs(time_s - last.time_s - passed_s) > JUMP_S;
  }

  /** @param {number} told */
  #follow(told) {
    if (told === this.#speed) return;
    const latest = this.#seen.slice(-TELLING);
    const [first, last] = [latest[0], latest.at(-1)];
    if (this.#moves && first && last && last.now_s > first.now_s) {
      const slope = (last.time_s - first.time_s) / (last.now_s - first.now_s);
      if (Math.abs(slope - told) >= Math.abs(slope - this.#speed)) return;
      this.#seen = latest.slice(-2);
    }
    this.#speed = told;
  }
}

/**
 * @param {readonly number[]} values at least one
 * @returns {number}
 */
export function median(values) {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = ordered.length >> 1;
  const upper = ordered[middle] ?? 0;
  return ordered.length % 2 ? upper : (upper + (ordered[middle - 1] ?? 0)) / 2;
}
