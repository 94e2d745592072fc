// The media time that is seen right now: from what the server said and which picture is on the screen.

/** @typedef {import("./messages.d.ts").Status} Status */

const RTP_RATE_HZ = 90_000;

/** So the server counts until this viewer's first picture left. */
const NO_PICTURE_YET = 0;

/** A picture further than this from what the server announced belongs to another count; the clock is used instead. */
const TRUSTED_DISTANCE_S = 5;

/** Statuses are kept until the pictures they announce are surely on the screen; four a second come by themselves. */
const REMEMBERED_STATUSES = 32;

/**
 * Seconds from one RTP time to another. RTP times are 32-bit counts that wrap (RFC 3550, section 5.1), so the
 * shorter way round is meant.
 * @param {number} from
 * @param {number} to
 * @returns {number}
 */
export function rtpSeconds(from, to) {
  return ((to - from) | 0) / RTP_RATE_HZ;
}

/**
 * The media time some seconds after a status, by its speed, kept inside the interaction. While data is missing time
 * holds, though the stage counts as playing. Before the end of a region it goes round in that; behind it, on to the
 * end and from there, if all is looped, to the region, or to the beginning where there is none.
 * @param {Pick<Status, "playing" | "waiting" | "time_s" | "speed" | "loop" | "region">} status
 * @param {number} elapsed_s
 * @param {number} duration_s
 * @returns {number}
 */
export function timeAfter(status, elapsed_s, duration_s) {
  const moves = status.playing && !status.waiting;
  const time_s = moves ? status.time_s + elapsed_s * status.speed : status.time_s;
  const inRegion = status.region !== null && status.time_s < status.region[1];
  const [start_s, end_s] = status.region ?? [0, duration_s];
  const turn_s = inRegion ? end_s : duration_s;
  const turns = moves && time_s >= turn_s && (inRegion || status.loop);
  if (turns && end_s > start_s) return start_s + ((time_s - turn_s) % (end_s - start_s));
  return Math.min(Math.max(time_s, 0), duration_s);
}

/** Remembers what the server announced, and answers which moment of the interaction is on the screen. */
export class Playhead {
  /** @type {{status: Status, arrived_s: number}[]} oldest first */
  #announced = [];
  /** @type {{rtp_timestamp: number, shown_s: number} | null} */
  #picture = null;

  /** @param {number} duration_s of the interaction */
  constructor(duration_s) {
    this.duration_s = duration_s;
  }

  /**
   * @param {Status} status
   * @param {number} now_s any clock that only goes forward, the same in every call
   */
  announce(status, now_s) {
    this.#announced.push({ status, arrived_s: now_s });
    if (this.#announced.length > REMEMBERED_STATUSES) this.#announced.shift();
  }

  /**
   * A picture came on the screen.
   * @param {number} rtp_timestamp
   * @param {number} now_s
   */
  show(rtp_timestamp, now_s) {
    this.#picture = { rtp_timestamp, shown_s: now_s };
  }

  /** The connection, and with it the count of RTP times, is a new one. */
  forget() {
    this.#announced = [];
    this.#picture = null;
  }

  /**
   * Seconds into the interaction; 0 before the first status.
   * @param {number} now_s
   * @returns {number}
   */
  at(now_s) {
    const latest = this.#announced.at(-1);
    if (!latest) return 0;
    return this.#seen() ?? timeAfter(latest.status, now_s - latest.arrived_s, this.duration_s);
  }

  /**
   * By the picture on the screen: the newest status whose own picture is already there tells its moment, so a
   * seek moves the playhead when its picture is seen and not before.
   * @returns {number | null} null when no picture can be placed
   */
  #seen() {
    const picture = this.#picture;
    if (!picture) return null;
    for (let index = this.#announced.length - 1; index >= 0; index -= 1) {
      const entry = this.#announced[index];
      if (!entry) continue;
      if (entry.status.rtp_timestamp === NO_PICTURE_YET) return null;
      const elapsed_s = rtpSeconds(entry.status.rtp_timestamp, picture.rtp_timestamp);
      if (Math.abs(elapsed_s) > TRUSTED_DISTANCE_S) return null;
      if (elapsed_s >= 0) return timeAfter(entry.status, elapsed_s, this.duration_s);
    }
    // Every status known announces a picture still to come: before the first one, time stands at its beginning.
    const oldest = this.#announced[0];
    return oldest ? timeAfter({ ...oldest.status, playing: false }, 0, this.duration_s) : null;
  }
}
