/** One list of errors: what it is, its items, and a button that sends it to the queue. */

/** @import {ErrorList, Item, Project} from "../types.js" */

import { askErrors } from "../api.js";
import { h, put } from "../dom.js";
import { saidError } from "../errors.js";
import { has, number, percent, t } from "../i18n.js";
import { annotator } from "../prefs.js";
import { said } from "../said.js";
import { askButton, comesNext } from "./ask-button.js";
import { itemParts } from "./error-items.js";

const REGIONS = ["slices", "clusters"]; // answered by new texts that are like their errors
const GROUPS = ["confusions", ...REGIONS]; // whose items stand for several texts
const FIRST = 5; // items shown at once
const MORE = 20; // items shown with each press

/** @param {ErrorList} list @returns {number} items that count: of regions those that are no chance */
const countOf = ({ kind, items }) => (REGIONS.includes(kind) ? items.filter((item) => item.significant) : items).length;

/** @param {ErrorList} list @returns {HTMLElement} how many items it has, as a mark beside its name */
export const placeOf = (list) => h("span", { class: "tally" }, number(countOf(list)));

/** @param {ErrorList} list @param {Project} project @returns {HTMLElement} */
export function listCard(list, project) {
  const { kind, items, figures, note, error } = list;
  const result = h("div", { class: "result", role: "status" });
  const title = h("h2", { id: `${kind}-title` }, t(`errors.${kind}`), " ", placeOf(list));
  const name = REGIONS.includes(kind) ? "errors.ask-more" : "errors.ask-again";
  const ask = countOf(list) ? askButton(t(name), asking(kind, [], project), result) : null;
  const card = h("section", { class: "card found-card", id: kind, "data-list": kind, "aria-labelledby": `${kind}-title` });
  const hint = has(`errors.${kind}-hint`) ? h("p", { class: "hint" }, t(`errors.${kind}-hint`)) : null;
  put(card, h("div", { class: "list-head" }, title, ask), hint, result);
  if (error) card.append(h("p", { class: "box calm" }, saidError(error)));
  else if (!items.length) card.append(h("p", { class: "list-empty" }, note ? said(note) : t("errors.nothing")));
  else card.append(...figureWords(kind, figures), ...shownItems(list, project));
  return card;
}

/** @param {string} kind @param {Record<string, any>} figures @returns {HTMLElement[]} */
function figureWords(kind, figures) {
  const words = [];
  if (REGIONS.includes(kind)) words.push(t("errors.tried", { count: figures.tried, significant: figures.significant }));
  if (kind === "label_errors" && figures.right !== undefined) words.push(t("errors.agrees", { share: percent(figures.right) }));
  if (kind === "dynamics") words.push(t("errors.learnt", { hard: figures.hard, ambiguous: figures.ambiguous, easy: figures.easy }));
  for (const { people, n, kappa } of figures.kappa ?? []) {
    if (kappa !== null) words.push(t("errors.kappa", { one: people[0], other: people[1], kappa: kappa.toFixed(2), count: n }));
  }
  return words.map((one) => h("p", {}, one));
}

/** @param {ErrorList} list @param {Project} project @returns {HTMLElement[]} */
function shownItems({ kind, items }, project) {
  const form = project.form.kind;
  const line = (/** @type {Item} */ item) => {
    const row = h("li", { class: "found-item", "data-item": item.name }, ...itemParts(kind, item, form));
    if (GROUPS.includes(kind)) {
      const words = t(REGIONS.includes(kind) ? "errors.ask-more-one" : "errors.ask-again-one");
      const result = h("div", { class: "result", role: "status" });
      row.append(askButton(words, asking(kind, [item.name], project), result, "quiet"), result);
    }
    return row;
  };
  const list = h("ol", { class: "found-items" }, ...items.slice(0, FIRST).map(line));
  let shown = FIRST;
  const words = () => t("errors.show", { count: Math.min(MORE, items.length - shown), all: items.length });
  const more = h("button", { class: "button", type: "button" }, words());
  more.addEventListener("click", () => {
    const next = items.slice(shown, shown + MORE).map(line);
    list.append(...next);
    shown += next.length;
    more.textContent = words();
    more.hidden = shown >= items.length;
    next[0]?.setAttribute("tabindex", "-1");
    next[0]?.focus();
  });
  return items.length > FIRST ? [list, more] : [list];
}

/**
 * @param {string} kind
 * @param {string[]} names of the items that are meant; all where there is none
 * @param {Project} project
 * @returns {(key: string) => Promise<HTMLElement[]>}
 */
const asking = (kind, names, project) => async (key) => {
  const { wanted } = await askErrors(project.settings.name, { kind, names, who: annotator(), key });
  if (wanted.length) return comesNext(t("errors.asked", { count: wanted.length }), project);
  return [h("p", { class: "box calm" }, t(REGIONS.includes(kind) ? "errors.asked-none-new" : "errors.asked-none"))];
};
