// Coming in: the key of a link becomes a cookie, once, and leaves the address line; nothing is kept here.

const SESSION = "/api/session";
const LIMIT_MS = 5000;

/**
 * @typedef {object} Refusal
 * @property {"locked" | "busy" | "unknown"} kind unknown: the server says nothing, or nothing against it
 * @property {string} reason
 * @property {number} retry_after_s 0 unless busy
 */

/**
 * The key in what somebody was given: a link, the part of it behind the `#`, or the bare key or token.
 * @param {string} given
 * @returns {string} empty for none
 */
export function keyIn(given) {
  const text = given.trim();
  const behind = /#key=([^&\s]*)/.exec(text);
  if (behind) return decodeURIComponent(behind[1] ?? "");
  return /[#/\s]/.test(text) ? "" : text;
}

/**
 * Why the server lets nobody in, from its answer.
 * @param {number} status of HTTP
 * @param {string} said in the answer's `detail`
 * @param {string | null} retryAfter the header
 * @returns {Refusal}
 */
export function refusalOf(status, said, retryAfter) {
  const reason = said && `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
  if (status === 401 || status === 403) return { kind: "locked", reason, retry_after_s: 0 };
  if (status === 429 || status === 503) return { kind: "busy", reason, retry_after_s: Number(retryAfter) || 5 };
  return { kind: "unknown", reason: "", retry_after_s: 0 };
}

/**
 * @param {RequestInit} request
 * @param {string} [query]
 * @returns {Promise<Refusal | null>} null when let in
 */
async function ask(request, query = "") {
  try {
    const answer = await fetch(SESSION + query, { ...request, signal: AbortSignal.timeout(LIMIT_MS) });
    if (answer.ok) return null;
    const { detail } = await answer.json().catch(() => ({}));
    return refusalOf(answer.status, typeof detail === "string" ? detail : "", answer.headers.get("Retry-After"));
  } catch {
    return { kind: "unknown", reason: "", retry_after_s: 0 };
  }
}

/**
 * Whether this browser may see what it asked for, after a connection was refused: a WebSocket does not tell why.
 * @param {string} query of the WebSocket's address
 * @returns {Promise<Refusal | null>}
 */
export const mayEnter = (query) => ask({ method: "GET" }, query);

/**
 * Hands in a key or token.
 * @param {string} key
 * @returns {Promise<Refusal | null>}
 */
export const enter = (key) =>
  ask({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key }) });
