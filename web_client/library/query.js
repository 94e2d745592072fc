// What somebody looks for, and how the server is asked for it.

/** @typedef {"text" | "label" | "split" | "vendor" | "session" | "participant" | "prompt" | "relationship" | "type" | "emotion" | "has_movement" | "has_annotations" | "verdict" | "is_here"} FieldName */
/** @typedef {Readonly<Partial<Record<FieldName, string>>>} Filter what is not looked for is not in it */

/**
 * @typedef {object} Field
 * @property {FieldName} name as the server calls it
 * @property {string} title
 * @property {string} hint an example, for what is typed
 */

/** What is chosen from what there is; the overview counts it. @type {readonly FieldName[]} */
export const FACETS = ["is_here", "verdict", "label", "split", "vendor", "relationship", "type", "emotion", "has_movement", "has_annotations"];

/** What is typed. @type {readonly FieldName[]} */
export const TYPED = ["session", "participant", "prompt"];

/** @type {Readonly<Record<FieldName, Field>>} */
export const FIELDS = {
  text: { name: "text", title: "Words", hint: "" },
  label: { name: "label", title: "Label", hint: "" },
  split: { name: "split", title: "Split", hint: "" },
  vendor: { name: "vendor", title: "Vendor", hint: "" },
  session: { name: "session", title: "Session", hint: "S0809" },
  participant: { name: "participant", title: "Participant", hint: "P1275A" },
  prompt: { name: "prompt", title: "Prompt", hint: "words of a prompt" },
  relationship: { name: "relationship", title: "Relationship", hint: "" },
  type: { name: "type", title: "Type", hint: "" },
  emotion: { name: "emotion", title: "Emotion", hint: "" },
  has_movement: { name: "has_movement", title: "Movement features", hint: "" },
  has_annotations: { name: "has_annotations", title: "Annotations", hint: "" },
  verdict: { name: "verdict", title: "Verdict of the doctor", hint: "" },
  is_here: { name: "is_here", title: "On this machine", hint: "" },
};

const YES_OR_NO = new Map([["true", "yes"], ["false", "no"], ["unknown", "not known"]]);

/**
 * A value as people read it.
 * @param {FieldName} name
 * @param {string} value
 */
export function shownValue(name, value) {
  if (name === "is_here" || name.startsWith("has_")) return YES_OR_NO.get(value) ?? value;
  return value === "unknown" ? "not known" : value;
}

/**
 * The filter with one thing changed; an empty value takes it out.
 * @param {Filter} filter
 * @param {FieldName} name
 * @param {string} value
 * @returns {Filter}
 */
export function withField(filter, name, value) {
  const { [name]: _, ...others } = filter;
  const kept = value.trim() === "" ? "" : name === "text" ? value : value.trim();
  return kept === "" ? others : { ...others, [name]: kept };
}

/**
 * The part of an address behind the `?`; two filters that ask for the same have the same.
 * @param {Filter} filter
 * @param {Readonly<Record<string, number>>} [more] such as limit and offset
 */
export function queryOf(filter, more = {}) {
  const parameters = new URLSearchParams();
  for (const name of /** @type {FieldName[]} */ (Object.keys(FIELDS))) {
    const value = filter[name]?.trim().replace(/\s+/g, " ");
    if (value) parameters.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) parameters.set(name, String(value));
  return parameters.toString();
}

/**
 * What is asked so that each distribution shows what else could be chosen: all that is looked for, and for
 * each choice that was made the same without it.
 * @param {Filter} filter
 * @returns {{facet: FieldName | null, query: string}[]} null: of all that was not chosen
 */
export function overviewQuestions(filter) {
  const chosen = FACETS.filter((name) => filter[name] !== undefined);
  return [
    { facet: null, query: queryOf(filter) },
    ...chosen.map((facet) => ({ facet, query: queryOf(withField(filter, facet, "")) })),
  ];
}

/**
 * The words that are looked for, for marking them where they were found.
 * @param {Filter} filter
 * @returns {string[]}
 */
export function wordsOf(filter) {
  return [filter.text, filter.prompt].flatMap((text) => (text ?? "").toLowerCase().split(/\s+/)).filter(Boolean);
}
