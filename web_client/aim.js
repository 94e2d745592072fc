// Where the viewer asked to be, until the picture of that place is seen.

/** Past this the server has surely answered, or the seek was lost: the truth is shown again. */
const PATIENCE_S = 3;
/** A picture this near the place asked for is that place: a frame or two at any rate, at any speed. */
const ARRIVED_S = 0.15;

/** Pure: bridges the moment between asking and seeing, so that the seek bar never jumps back. */
export class Aim {
  /** @type {{time_s: number, asked_s: number} | null} */
  #target = null;

  /**
   * @param {number} time_s media time asked for
   * @param {number} now_s
   */
  set(time_s, now_s) {
    this.#target = { time_s, asked_s: now_s };
  }

  /**
   * What to show, and what to count further steps from.
   * @param {number} seen_s the media time on the screen
   * @param {number} now_s
   * @returns {number}
   */
  settle(seen_s, now_s) {
    const target = this.#target;
    if (!target) return seen_s;
    const waited_s = now_s - target.asked_s;
    if (waited_s > PATIENCE_S || Math.abs(seen_s - target.time_s) <= ARRIVED_S) {
      this.#target = null;
      return seen_s;
    }
    return target.time_s;
  }
}
