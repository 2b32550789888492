/** The card of evidence that has each label's own figures. */

/** @import {Evidence, Span} from "../types.js" */

import { h } from "../dom.js";
import { number, t } from "../i18n.js";
import { hints, shares } from "./proof.js";

const LEAST = 10; // texts behind a figure, below which it is grey
const COLUMNS = ["label", "precision", "recall", "f1", "support"];

/** @param {Evidence} found @returns {HTMLElement | null} nothing where answers are no labels */
export function classesCard({ classes, shares: parts }) {
  if (!classes) return null;
  const share = new Map((parts ?? []).map((part) => [part.label, part]));
  const columns = share.size ? [...COLUMNS, "share"] : COLUMNS;
  const head = columns.map((name) => h("th", { scope: "col", class: name === "label" ? "" : "figure" }, t(`evidence.column-${name}`)));
  const rows = classes.per_class.map((row) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", dir: "auto" }, row.label),
      figure(row.precision, row.said),
      figure(row.recall, row.support),
      figure(row.f1, Math.min(row.support, row.said)),
      h("td", { class: "figure" }, number(row.support)),
      share.size ? figure(share.get(row.label) ?? null, LEAST) : null,
    ),
  );
  const mean = classes.macro_f1 ? t("evidence.macro", shares(classes.macro_f1)) : t("evidence.no-macro");
  const scroller = { class: "scroller", tabindex: 0, role: "region", "aria-label": t("evidence.classes") };
  return h(
    "section",
    { class: "card found-card", id: "classes" },
    h("h2", {}, t("evidence.classes")),
    h("p", {}, t(`evidence.classes-${classes.source}`, { count: classes.n }), " ", mean),
    h("div", scroller, h("table", { class: "preview classes" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows))),
    ...hints(t("evidence.classes-hint"), t("evidence.classes-few", { least: LEAST }), share.size > 0 && t("evidence.classes-share")),
  );
}

/** @param {Span | null} span @param {number} behind @returns {HTMLElement} */
function figure(span, behind) {
  if (!span) return h("td", { class: "figure few" }, "–");
  const { estimate, low, high } = shares(span);
  return h("td", { class: behind < LEAST ? "figure few" : "figure" }, h("b", {}, estimate ?? ""), h("span", {}, `${low} – ${high}`));
}

