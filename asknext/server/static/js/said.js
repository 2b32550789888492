/** What the server says in the reader's language: sentences (reasons, advice), and answers in short. */

import { number, t } from "./i18n.js";

/** What the server says, and the key that says the same; unknown sentences are shown as they are. */
const SENTENCES = /** @type {[string, RegExp][]} */ ([
  ["wavers", /^the model wavers between “(?<a>.+)” \((?<p>\d+)%\) and “(?<b>.+)” \((?<q>\d+)%\)$/],
  ["wavers-two", /^the model wavers between two answers$/],
  ["guess", /^the model's best guess is “(?<a>.+)”, at (?<p>\d+)% only$/],
  ["trust", /^the model trusts its best guess to (?<p>\d+)% only$/],
  ["torn", /^the model is torn between about (?<n>[\d.]+) answers$/],
  ["typical", /^typical of a group with no label yet \((?<p>[\d.]+)% of the examples\)$/],
  ["typical-few", /^typical of a group with few labels \((?<p>[\d.]+)% of the examples\)$/],
  ["random", /^drawn at random$/],
  ["random-measure", /^drawn at random, to measure how good the model is$/],
  ["random-unranked", /^nothing is ranked yet: drawn at random$/],
  ["ranked", /^\S+ ranks it high among what is left$/],
  ["no-model", /^exploring, there is no model yet$/],
  ["no-class", /^exploring, no class seen yet$/],
  ["one-class", /^exploring, one class seen so far$/],
  ["singles", /^exploring, (?<p>\d+)% of the labels are one of a kind$/],
  ["sharpening", /^sharpening the model$/],
  ["budget", /^(?<spent>[\d.]+) of (?<limit>[\d.]+) answers are used\.$/],
  ["budget-over", /^The budget of answers is used up: (?<spent>[\d.]+) of (?<limit>[\d.]+) answers\.$/],
  ["target-early", /^Quality is measured on (?<n>\d+) answers so far; at least (?<least>\d+) are needed/],
  ["target-reached", /^The target of (?<target>[\d.]+)% is reached: .*between (?<low>[\d.]+)% and (?<high>[\d.]+)%/],
  ["target-open", /^The target of (?<target>[\d.]+)% is not surely reached yet: .*between (?<low>[\d.]+)% and (?<high>[\d.]+)%/],
  ["stable-early", /^(?<n>\d+) of (?<window>\d+) comparisons of one model with the next are there/],
  ["stable-yes", /^The predictions have become stable: .*kappa of (?<kappa>[\d.]+)/],
  ["stable-no", /^The predictions still change: .*kappa of (?<kappa>[\d.]+)/],
  ["no-labels", /^no column looks like labels$/],
  ["one-label", /^the column '(?<a>.+)' holds one label a row, of a few$/],
  ["better-answer", /^the column '(?<a>.+)' holds the better answer, '(?<b>.+)' the other$/],
  ["tags", /^the column '(?<a>.+)' holds a tag for each of the '(?<b>.+)'$/],
  ["spans", /^the column '(?<a>.+)' holds spans: start, end and label$/],
  ["two-answers", /^the columns '(?<a>.+)' and '(?<b>.+)' hold two answers to '(?<c>.+)'$/],
  ["several-labels", /^the column '(?<a>.+)' holds several labels a row$/],
  ["written", /^the column '(?<a>.+)' holds texts written for '(?<b>.+)'$/],
  ["numbers", /^the column '(?<a>.+)' holds numbers, (?<n>\d+) different ones$/],
  ["blind-note", /^between 95 % limits; from questions drawn at random/],
]);

/**
 * @param {string} sentence
 * @returns {string} the reader's language where it is known, else the sentence itself
 */
export function said(sentence) {
  const whole = one(sentence);
  if (whole !== null) return whole;
  const [phase = "", ...rest] = sentence.split(": ");
  const [first, second] = [one(phase), one(rest.join(": "))];
  return first !== null && second !== null ? t("said.joined", { first, second }) : sentence;
}

/** @param {string} sentence @returns {string | null} */
function one(sentence) {
  for (const [key, pattern] of SENTENCES) {
    const found = pattern.exec(sentence);
    if (found) return t(`said.${key}`, { ...found.groups });
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
