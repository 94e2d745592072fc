// What the page asks of the server: messages built here and nowhere else, and what the address line asks for.

/** @typedef {import("./messages.d.ts").ClientMessage} ClientMessage */
/** @typedef {import("./messages.d.ts").OrbitShown} OrbitShown */
/** @typedef {import("./messages.d.ts").ServerMessage} ServerMessage */
/** @typedef {import("./messages.d.ts").Status} Status */
/** @typedef {import("./messages.d.ts").VoiceHeard} VoiceHeard */

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** The interaction that needs no recording; the lip sync is measured on it. */
export const TEST_CARD = "test-card";

/** Not a named place but the one the viewer made; the server calls it so in its status. */
export const FREE_CAMERA = "orbit";

const RAD = Math.PI / 180;

/**
 * A free camera as the command line writes it, too: `orbit:AZIMUTH,ELEVATION,DISTANCE,FOV@X,Y,Z`, degrees and metres.
 * @param {OrbitShown} orbit
 * @returns {string}
 */
function freeCameraText({ azimuth_rad, elevation_rad, distance_m, vertical_fov_rad, target_m }) {
  const short = (/** @type {number} */ value) => String(Math.round(value * 1000) / 1000);
  const angles = [azimuth_rad / RAD, elevation_rad / RAD, distance_m, vertical_fov_rad / RAD];
  return `${FREE_CAMERA}:${angles.map(short).join(",")}@${target_m.map(short).join(",")}`;
}

/**
 * The camera that is seen, so that `camera` leads to the same place.
 * @param {Pick<Status, "camera" | "orbit">} status
 * @returns {string}
 */
export function exactCamera({ camera, orbit }) {
  return camera === FREE_CAMERA && orbit ? freeCameraText(orbit) : camera;
}

/**
 * @param {string} text
 * @returns {OrbitShown | null} null for what is no free camera
 */
function freeCamera(text) {
  if (!text.startsWith(`${FREE_CAMERA}:`)) return null;
  const numbers = text.slice(FREE_CAMERA.length + 1).split(/[,@]/).map(Number);
  const [azimuth, elevation, distance_m, fov, x, y, z, ...rest] = numbers;
  if (z === undefined || rest.length > 0 || !numbers.every(Number.isFinite)) return null;
  return {
    azimuth_rad: Number(azimuth) * RAD,
    elevation_rad: Number(elevation) * RAD,
    distance_m: Number(distance_m),
    vertical_fov_rad: Number(fov) * RAD,
    target_m: [Number(x), Number(y), z],
  };
}

/** The camera that cuts by itself to who speaks and who listens. */
export const DIRECTOR = "auto";

/**
 * @param {number} time_s
 * @param {number} duration_s
 * @returns {ClientMessage}
 */
export function seek(time_s, duration_s) {
  const inside = Math.min(Math.max(time_s, 0), duration_s);
  return { type: "seek", time_s: Math.round(inside * 1000) / 1000 };
}

/**
 * A named camera, a free one as links write it, or the free one: leaving a named camera without moving is an orbit by
 * nothing.
 * @param {string} name
 * @returns {ClientMessage}
 */
export function camera(name) {
  const free = freeCamera(name);
  if (free) return { type: "look", ...free };
  return name === FREE_CAMERA
    ? { type: "orbit", azimuth_rad: 0, elevation_rad: 0 }
    : { type: "camera", name };
}

/**
 * The next offered speed above or below one.
 * @param {number} speed
 * @param {1 | -1} direction
 * @returns {ClientMessage}
 */
export function nextSpeed(speed, direction) {
  const beyond = SPEEDS.filter((offered) => (offered - speed) * direction > 1e-9);
  const chosen = direction > 0 ? beyond.at(0) : beyond.at(-1);
  return { type: "speed", speed: chosen ?? Math.min(Math.max(speed, 0.5), 2) };
}

/** The shortest stretch that can be played again and again; the server refuses a shorter one. */
export const SHORTEST_REGION_S = 0.2;

/**
 * Play the stretch between two marks again and again, whichever was set first; too short a one grows.
 * @param {number} one_s
 * @param {number} other_s
 * @param {number} duration_s
 * @returns {ClientMessage} to play on without a region where the whole is too short for one
 */
export function region(one_s, other_s, duration_s) {
  if (duration_s < SHORTEST_REGION_S) return { type: "region_off" };
  const first = Math.min(Math.max(Math.min(one_s, other_s), 0), duration_s - SHORTEST_REGION_S);
  const last = Math.min(Math.max(one_s, other_s, first + SHORTEST_REGION_S), duration_s);
  // Up for the end: rounding must not make the shortest one shorter.
  return {
    type: "region",
    start_s: Math.floor(first * 1000 + 1e-6) / 1000,
    end_s: Math.min(Math.ceil(last * 1000 - 1e-6) / 1000, duration_s),
  };
}

/** @returns {ClientMessage} */
export function regionOff() {
  return { type: "region_off" };
}

/**
 * How loud everybody hears one person; what is not given stays as the status has it.
 * @param {VoiceHeard} heard
 * @param {{gain?: number, muted?: boolean}} change
 * @returns {ClientMessage}
 */
export function voice(heard, change) {
  const gain = Math.min(Math.max(change.gain ?? heard.gain, 0), 2);
  return {
    type: "voice",
    side: heard.side,
    gain: Math.round(gain * 1000) / 1000,
    muted: change.muted ?? heard.muted,
  };
}

/**
 * @param {string} name
 * @returns {ClientMessage}
 */
export function preset(name) {
  return { type: "preset", name };
}

/**
 * @param {number} time_s
 * @param {number} duration_s
 * @returns {boolean}
 */
export function isAtEnd(time_s, duration_s) {
  return duration_s > 0 && time_s >= duration_s - 0.05;
}

/**
 * Bring a fresh stage to the place where the viewer was.
 * @param {Status} kept
 * @param {number} time_s what was seen last
 * @param {number} duration_s
 * @returns {ClientMessage[]}
 */
export function restore(kept, time_s, duration_s) {
  /** @type {ClientMessage[]} */
  const messages = [
    { type: "loop", loop: kept.loop },
    { type: "speed", speed: kept.speed },
    ...(kept.preset ? [preset(kept.preset)] : []),
    { type: "staging", name: kept.staging },
    ...(kept.studio ? [/** @type {const} */ ({ type: "studio", name: kept.studio })] : []),
    ...kept.voices.map((heard) => voice(heard, {})),
  ];
  if (kept.region) messages.push(region(...kept.region, duration_s));
  const seenFrom = exactCamera(kept);
  if (seenFrom !== FREE_CAMERA) messages.push(camera(seenFrom));
  messages.push(seek(time_s, duration_s), { type: kept.playing ? "play" : "pause" });
  return messages;
}

/**
 * @typedef {object} Wish what the address line asks for
 * @property {string | null} stage id of one that plays already
 * @property {string | null} interaction
 * @property {number | null} time_s
 * @property {string | null} camera
 */

/**
 * @param {string} search such as `?interaction=demo&t=12.5&camera=left`, or with `stage=...` as links are copied
 * @returns {Wish}
 */
export function wishOf(search) {
  const parameters = new URLSearchParams(search);
  const time_s = Number(parameters.get("t") || NaN);
  return {
    stage: parameters.get("stage") || null,
    interaction: parameters.get("interaction") || null,
    time_s: Number.isFinite(time_s) && time_s >= 0 ? time_s : null,
    camera: parameters.get("camera") || null,
  };
}

/**
 * Where the WebSocket is, for a page at some address.
 * @param {{protocol: string, host: string}} location
 * @param {string | null} interaction
 * @param {string | null} [stage] id of one that plays already, whatever the interaction
 * @returns {string}
 */
export function socketAddress(location, interaction, stage = null) {
  const wanted = stage ?? interaction;
  const query = wanted ? `?${stage ? "stage" : "interaction"}=${encodeURIComponent(wanted)}` : "";
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws${query}`;
}

const SERVER_TYPES = new Set([
  "opening",
  "welcome",
  "answer",
  "status",
  "busy",
  "interrupted",
  "resumed",
  "stopping",
  "ended",
  "error",
]);

/**
 * @param {string} text
 * @returns {ServerMessage | null} null for what this page does not know, so that a newer server can say more
 */
export function parseServerMessage(text) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  return SERVER_TYPES.has(String(value.type)) ? /** @type {ServerMessage} */ (value) : null;
}
