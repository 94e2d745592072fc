// Questions to the server, and why it may refuse to answer.

/** An answer that is none. status: of HTTP, 0 if the server was not reached. */
export class RefusedError extends Error {
  /**
   * @param {number} status
   * @param {string} reason in words for people
   * @param {number} [retry_after_s] when the server wants to be asked again
   */
  constructor(status, reason, retry_after_s = 0) {
    super(reason);
    this.status = status;
    this.retry_after_s = retry_after_s;
  }
}

/**
 * @typedef {object} Asking
 * @property {AbortSignal} [signal]
 * @property {"GET" | "POST" | "DELETE"} [method]
 * @property {unknown} [body] sent as JSON
 */

/**
 * The JSON that the server answers. Rejects with `RefusedError`, or as `fetch` does when it was given up.
 * @param {string} path
 * @param {Asking} [asking]
 * @returns {Promise<any>}
 */
export async function ask(path, { signal, method = "GET", body } = {}) {
  /** @type {RequestInit} */
  const request = { method, ...(signal ? { signal } : {}) };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, request);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RefusedError(0, "The server does not answer.");
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    const reason = typeof told.detail === "string" ? told.detail : `The server answers ${answer.status}.`;
    throw new RefusedError(answer.status, reason, Number(answer.headers.get("Retry-After")) || 0);
  }
  return answer.json();
}

/** @param {unknown} error */
export const isGivenUp = (error) => error instanceof DOMException && error.name === "AbortError";
