/** What the server says in the reader's language: sentences (reasons, advice), and answers in short. */

import { number, t } from "./i18n.js";
import { SENTENCES } from "./sentences.js";

const NUMBER = "[-+]?(?:\\d[\\d.,]*(?:e[-+]?\\d+)?|inf|nan)";
const WORDS = ["a", "b", "c", "rest"];

/** @type {[string, RegExp][]} */
const PATTERNS = SENTENCES.map(([key, sentence]) => [key, pattern(sentence)]);

/** @param {string} sentence with places such as `{n}` @returns {RegExp} */
function pattern(sentence) {
  const parts = sentence.split(/\{(\w+)\}/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return `(?<${part}>${WORDS.includes(part) ? ".*" : NUMBER})`;
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}

/**
 * @param {string} sentence
 * @returns {string} the reader's language where it is known, else the sentence itself
 */
export const said = (sentence) => understood(sentence) ?? sentence;

/**
 * Say a sentence of the server in the reader's language.
 *
 * @param {string} sentence perhaps with a phase before it, or the strategy that a wrapper followed
 * @returns {string | null} null where it is not known, or a part of it is not
 */
export function understood(sentence) {
  const several = each(sentence);
  if (several !== null) return several;
  const whole = one(sentence);
  if (whole !== null) return whole;
  const [head = "", ...tail] = sentence.split(": ");
  const rest = tail.length ? understood(tail.join(": ")) : null;
  if (rest === null) return null;
  const first = one(head);
  if (first !== null) return t("said.joined", { first, second: rest });
  return STRATEGY.test(head) ? t("said.by", { strategy: head, rest }) : null;
}

const STRATEGY = /^[a-z]\w*(\(.*\))?$/;

/** Several sentences, as of rules that were combined. @param {string} text @returns {string | null} */
function each(text) {
  const ends = text.split(/\. (?=[A-Z\d])/);
  if (ends.length === 1) return null;
  const parts = ends.map((part, i) => understood(i < ends.length - 1 ? `${part}.` : part));
  return parts.every((part) => part !== null) ? parts.join(" ") : null;
}

/** @param {string} sentence @returns {string | null} */
function one(sentence) {
  for (const [key, known] of PATTERNS) {
    const found = known.exec(sentence);
    if (!found) continue;
    const { rest, ...values } = { rest: "", ...found.groups };
    if (!rest) return t(`said.${key}`, values);
    const inner = understood(rest);
    if (inner !== null) return t(`said.${key}`, { ...values, rest: inner });
  }
  return null;
}

const SHORT = 60; // characters of a text inside a short answer

/** @param {string} text */
const clipped = (text) => (text.length > SHORT ? `${[...text].slice(0, SHORT).join("")}…` : text);

/** @type {Record<string, (value: any, fields: Record<string, unknown>) => string>} */
const ANSWERS = {
  choices: (value) => (value.length ? value.join(", ") : t("choices.none")),
  number: (value) => number(value),
  spans: (value, fields) => spansInShort(value, [...String(fields.text ?? "")]),
  write: (value) => clipped(value),
  pair: (value, fields) => (value in fields ? t("pair.chose", { text: clipped(String(fields[value])) }) : t(`pair.${value}`)),
};

/** @param {{start: number, end: number, label: string | null}[]} spans @param {string[]} points of the text */
function spansInShort(spans, points) {
  const marks = spans.filter((span) => span.label !== null);
  const words = marks.map(({ start, end, label }) => `${points.slice(start, end).join("")} (${label})`);
  return words.length ? words.join(", ") : t("spans.none");
}

/**
 * Say an answer in short, whatever its kind.
 *
 * @param {string} kind of the form
 * @param {unknown} value
 * @param {Record<string, unknown>} fields of the question
 * @returns {string}
 */
export const saidAnswer = (kind, value, fields) => ANSWERS[kind]?.(value, fields) ?? String(value);

/**
 * Say what answers are counted by: a label, or a choice of a pair.
 *
 * @param {string} kind of the form
 * @param {string} part
 * @returns {string}
 */
export const saidPart = (kind, part) => (kind === "pair" ? t(`pair.${part}`) : part);
