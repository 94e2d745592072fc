// Questions to the server about the interaction that is played, and their refusals.

/** @typedef {import("./spans.js").Span} Span */

/** Why something is not shown, in a sentence for people. */
export class Unavailable extends Error {
  /**
   * @param {string} words
   * @param {boolean} isFinal asking again would not help
   */
  constructor(words, isFinal) {
    super(words);
    this.isFinal = isFinal;
  }
}

/** Recordings have such keys. The test card and what was put together by hand are played, but nothing is told of them. */
const TOLD_OF = /^(demo|v\d+_s\d+_i\d+)$/i;

/**
 * @param {string} key of the interaction
 * @param {string} what such as `vad`
 * @param {Record<string, string | number>} [parameters]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} what the API's page documents
 */
export async function ask(key, what, parameters = {}, signal) {
  if (!TOLD_OF.test(key)) throw new Unavailable("Nothing is told about this.", true);
  const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const address = `/api/interactions/${encodeURIComponent(key)}/${what}${query.size ? `?${query}` : ""}`;
  const answer = await fetch(address, signal ? { signal } : {});
  if (answer.ok) return answer.json();
  if (answer.status === 404) throw new Unavailable("Not on this machine.", true);
  if (answer.status === 401 || answer.status === 403) throw new Unavailable("This link does not open it.", true);
  if (answer.status === 422) throw new Unavailable("Nothing is told about this.", true);
  throw new Unavailable("The server is busy.", false);
}

/**
 * @template Value
 * @param {Promise<Value>} asked
 * @returns {Promise<{value: Value | null, trouble: string, isFinal: boolean}>}
 */
export async function orTrouble(asked) {
  try {
    return { value: await asked, trouble: "", isFinal: true };
  } catch (error) {
    const trouble = error instanceof Unavailable ? error.message : "The server cannot be reached.";
    return { value: null, trouble, isFinal: error instanceof Unavailable && error.isFinal };
  }
}
