/** Items of the lists of errors, each in the words of its list. */

/** @import {Item} from "../types.js" */

import { h, icon } from "../dom.js";
import { has, number, percent, t } from "../i18n.js";
import { saidAnswer, saidPart } from "../said.js";

const SHORT = 280; // characters of a text that are shown before it is opened
const NOTHING = "–"; // stands in a confusion where there is no label
const SLICE = /^(meta (?<column>.+?)|(?<what>characters|script|language|label|annotator|word)): (?<value>.*)$/s;

/** @type {Record<string, (item: Item, form: string) => Node[]>} */
const PARTS = {
  confusions: (item, form) => [
    h("p", { class: "found-name" }, confused(item.actual, form), " → ", confused(item.predicted, form), ...typeMarks([item.type])),
    h("p", {}, t("errors.times", { count: item.count }), " ", item.actual === NOTHING ? "" : shareOf(item, form)),
    examples(item.examples, form),
  ],
  slices: (item, form) => region(item, form, sliceName(item.name)),
  clusters: (item, form) => region(item, form, item.name),
  label_errors: (item, form) => [
    text(item),
    facts(["label", answer(item.label, item, form)], ["suggested", answer(item.suggested, item, form)], ["credibility", percent(item.credibility)]),
  ],
  contradictions: (item, form) => {
    const side = (/** @type {Item} */ one) => h("li", {}, text(one), facts(["label", answer(one.label, one, form)]));
    return [h("ul", { class: "beside" }, ...item.examples.map(side))];
  },
  disagreements: (item, form) => [text(item), item.between === "people" ? people(item, form) : against(item, form)],
  worst: (item, form) => [
    text(item),
    item.difference ? difference(item.difference) : against(item, form),
    h("p", {}, item.off === undefined ? "" : t("errors.off", { off: number(Math.round(item.off * 100) / 100) }), ...typeMarks(item.types ?? [])),
  ],
  dynamics: (item, form) => [h("p", {}, mark(t(`errors.region-${item.region}`))), text(item), against(item, form)],
};

/**
 * @param {string} kind of the list
 * @param {Item} item
 * @param {string} form of the project
 * @returns {Node[]}
 */
export function itemParts(kind, item, form) {
  const parts = PARTS[kind];
  return parts ? parts(item, form) : [h("p", { class: "found-name", dir: "auto" }, item.name)];
}

/** @param {string} words @param {string} [look] @returns {HTMLElement} */
const mark = (words, look = "") => h("span", { class: `mark-word ${look}` }, words);

/** @param {string} part @param {string} form @returns {HTMLElement} */
const confused = (part, form) => h("bdi", {}, part === NOTHING ? t("errors.no-label") : saidPart(form, part));

/** @param {Item} item @param {string} form @returns {string} */
const shareOf = ({ share, actual }, form) => t("errors.share-of", { share: percent(share), label: saidPart(form, actual) });

/** @param {string[]} types @returns {HTMLElement[]} */
const typeMarks = (types) =>
  types.filter(Boolean).map((type) => {
    const key = `errors.type-${type.replaceAll(" ", "-")}`;
    return mark(has(key) ? t(key) : type);
  });

/** @param {Item} item @param {string} form @param {string} name @returns {Node[]} */
function region(item, form, name) {
  const { error, low, high, elsewhere, n, q, significant } = item;
  const values = { error: percent(error), low: percent(low), high: percent(high), elsewhere: percent(elsewhere), count: n };
  const sure = mark(t(significant ? "errors.significant" : "errors.chance"), significant ? "strong" : "few");
  return [
    h("p", { class: "found-name", dir: "auto" }, name, " ", sure),
    h("p", {}, t("errors.region", values), " ", h("span", { class: "hint" }, t("errors.q", { q: q.toFixed(3) }))),
    ...(item.examples.length ? [examples(item.examples, form)] : []),
  ];
}

/** @param {string} name of a slice, as the server has it @returns {string} */
function sliceName(name) {
  const { column, what, value = "" } = SLICE.exec(name)?.groups ?? {};
  if (column) return t("errors.slice-meta", { column, value });
  return what ? t(`errors.slice-${what}`, { value }) : name;
}

/** @param {Item[]} items @param {string} form @returns {HTMLElement} */
function examples(items, form) {
  const rows = items.map((one) => h("li", {}, text(one), against(one, form)));
  const summary = h("summary", {}, t("errors.examples", { count: items.length }));
  return h("details", { class: "numbers" }, summary, h("ul", { class: "found-examples" }, ...rows));
}

/** @param {Item} item @returns {HTMLElement} its text, and a link to the page where it can be answered */
function text({ id, text: whole }) {
  const address = `${location.pathname.replace(/\/errors$/, "")}?${new URLSearchParams({ example: id })}`;
  const open = h("a", { class: "quiet open", href: address, "data-open": id }, icon("arrow"), t("errors.open"));
  return h("div", { class: "found-example" }, words(String(whole)), open);
}

/** @param {string} whole @returns {HTMLElement} the text, a long one to be opened */
function words(whole) {
  const points = [...whole];
  if (points.length <= SHORT) return h("p", { class: "found-text", dir: "auto" }, whole);
  const summary = h("summary", { dir: "auto" }, `${points.slice(0, SHORT).join("")}…`);
  return h("details", { class: "found-text long" }, summary, h("p", { dir: "auto" }, whole));
}

/** @param {unknown} value @param {Item} item @param {string} form @returns {string} */
function answer(value, item, form) {
  if (value === null || value === undefined) return t("errors.no-answer");
  return saidAnswer(form, value, { text: item.text });
}

/** What people said, and what the model says. @param {Item} item @param {string} form @returns {HTMLElement} */
function against(item, form) {
  const sure = typeof item.confidence === "number" ? ` ${t("errors.sure", { share: percent(item.confidence) })}` : "";
  return facts(["label", answer(item.label, item, form)], ["predicted", `${answer(item.predicted, item, form)}${sure}`]);
}

/** @param {Item} item @param {string} form @returns {HTMLElement} */
function people(item, form) {
  const rows = item.answers.map((/** @type {{who: string, value: unknown}} */ { who, value }) =>
    h("div", {}, h("dt", { dir: "auto" }, who), h("dd", { dir: "auto" }, answer(value, item, form))),
  );
  return h("dl", { class: "found-facts" }, ...rows);
}

/** @param {...[string, string]} pairs @returns {HTMLElement} */
function facts(...pairs) {
  const rows = pairs.map(([name, value]) => h("div", {}, h("dt", {}, t(`errors.fact-${name}`)), h("dd", { dir: "auto" }, value)));
  return h("dl", { class: "found-facts" }, ...rows);
}

/** @param {{op: string, text: string}[]} parts @returns {HTMLElement} */
function difference(parts) {
  const tags = /** @type {Record<string, "del" | "ins">} */ ({ missing: "del", added: "ins" });
  const shown = parts.map(({ op, text: words }) => {
    const tag = tags[op];
    return tag ? h(tag, {}, words) : words;
  });
  return h("p", { class: "found-difference", dir: "auto" }, ...shown);
}
