// How far a fetch is, how fast it goes, and how long it still takes. Pure: the time is an argument.

/** @typedef {import("./shapes.d.ts").Fetch} Fetch */

/** The speed shown is that of about the last seconds. */
const MEMORY_S = 4;

/** @param {Fetch} fetch */
export const isOver = (fetch) => fetch.state !== "queued" && fetch.state !== "running";

/**
 * From 0 to 1; null as long as nobody knows how much it is.
 * @param {Fetch} fetch
 */
export function fraction(fetch) {
  if (fetch.state === "done") return 1;
  if (fetch.bytes_expected > 0) return Math.min(1, fetch.bytes / fetch.bytes_expected);
  return fetch.files_expected > 0 ? Math.min(1, fetch.files / fetch.files_expected) : null;
}

export class Pace {
  bytes_per_s = 0;
  /** @type {{bytes: number, time_s: number} | null} */
  #last = null;

  /**
   * @param {number} bytes fetched so far
   * @param {number} time_s
   */
  note(bytes, time_s) {
    const last = this.#last;
    this.#last = { bytes, time_s };
    if (!last || time_s <= last.time_s) return;
    const passed_s = time_s - last.time_s;
    const now = Math.max(0, bytes - last.bytes) / passed_s;
    const share = this.bytes_per_s === 0 ? 1 : 1 - Math.exp(-passed_s / MEMORY_S);
    this.bytes_per_s += share * (now - this.bytes_per_s);
  }

  /**
   * Infinity if nothing comes.
   * @param {Fetch} fetch
   */
  left_s(fetch) {
    return Math.max(0, fetch.bytes_expected - fetch.bytes) / this.bytes_per_s;
  }
}
