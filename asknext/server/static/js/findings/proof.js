/** Cards of evidence: how good the model is and what that rests on, and how to measure it more exactly. */

/** @import {Evidence, Project, Report} from "../types.js" */

import { askAudit } from "../api.js";
import { qualityCard } from "../dashboard/cards.js";
import { h } from "../dom.js";
import { number, percent, t } from "../i18n.js";
import { annotator } from "../prefs.js";
import { said } from "../said.js";
import { askButton, comesNext } from "./ask-button.js";

/** @param {...(string | null | false)} sentences @returns {HTMLElement[]} */
export const hints = (...sentences) => sentences.filter(Boolean).map((words) => h("p", { class: "hint" }, words || ""));

/** @param {{estimate: number, low: number, high: number}} span @returns {Record<string, string>} */
export const shares = ({ estimate, low, high }) => ({ estimate: percent(estimate), low: percent(low), high: percent(high) });

/** Say what is missing. @param {Evidence | null} found @param {Project} project @returns {HTMLElement} */
export function tooFew(found, project) {
  const { random_answers: least = 10, answers: all = 20 } = found?.needs ?? {};
  const { random_answers: random = 0, answers = 0 } = found ?? {};
  const { control } = project.settings;
  const progress = (/** @type {string} */ label, /** @type {number} */ value, /** @type {number} */ max) => [
    h("p", {}, t(label, { count: Math.min(value, max), least: max })),
    h("progress", { max, value: Math.min(value, max), "aria-label": t(label, { count: value, least: max }) }),
  ];
  return h(
    "section",
    { class: "card found-none" },
    h("h2", {}, t("evidence.too-few")),
    h("p", {}, t("evidence.too-few-hint", { least, all })),
    ...(found ? progress("evidence.random-so-far", random, least) : hints(t("status.no-model"))),
    ...(found ? progress("evidence.answers-so-far", answers, all) : []),
    ...hints(control > 0 ? t("evidence.share-hint", { share: percent(control) }) : t("evidence.no-share")),
    h("a", { class: "button primary", href: `/p/${encodeURIComponent(project.settings.name)}` }, t("dashboard.continue")),
  );
}

/** @param {Evidence} found @param {Report} report @returns {HTMLElement} */
export function proofCard(found, report) {
  const { quality, powered, weighted } = found;
  const card = qualityCard({ ...quality, source: "control", note: "", trust: null });
  const { quality: shown } = report;
  const helped = Math.round(powered.saved);
  card.append(
    ...hints(t("evidence.rests", { count: quality.n }), t("evidence.between")),
    ...hints(
      helped > 0 && t("evidence.powered", { ...shares(powered), count: powered.unanswered, saved: helped }),
      weightedWords(weighted),
      shown?.source === "test" && t("evidence.test", { ...shares(shown), count: shown.n }),
    ),
  );
  return card;
}

/** @param {Evidence["weighted"]} weighted @returns {string} */
function weightedWords({ estimate, low = 0, high = 1, n, reason }) {
  if (estimate !== null) return t("evidence.weighted", { ...shares({ estimate, low, high }), count: n });
  return reason ? t("said.joined", { first: t("evidence.unweighted"), second: said(reason) }) : "";
}

/** @param {Evidence} found @param {Project} project @returns {HTMLElement} */
export function auditCard({ audit, quality }, project) {
  const half = (quality.high - quality.low) / 2;
  const { control } = project.settings;
  const result = h("div", { class: "result", role: "status" });
  const rows = audit.map(({ half: wanted, more, left }) => {
    const name = t("evidence.half", { points: Math.round(wanted * 100) });
    const offered = more > 0 && more <= left;
    const ask = offered ? askButton(t("evidence.audit-ask"), auditing(wanted, project), result, "quiet") : null;
    ask?.setAttribute("aria-label", `${t("evidence.audit-ask")}: ${name}`);
    return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, auditWords(more, left, control), ask && h("div", {}, ask)));
  });
  return h(
    "section",
    { class: "card", id: "audit" },
    h("h2", {}, t("evidence.audit")),
    h("p", {}, t("evidence.half-now", { points: Math.round(half * 100), count: quality.n })),
    h("table", { class: "preview" }, h("tbody", {}, ...rows)),
    result,
    ...hints(t("evidence.audit-hint", { share: percent(control) })),
  );
}

/** @param {number} half @param {Project} project @returns {(key: string) => Promise<HTMLElement[]>} */
const auditing = (half, project) => async (key) => {
  const { length: count } = (await askAudit(project.settings.name, { half, who: annotator(), key })).wanted;
  return comesNext(count ? t("evidence.audit-asked", { count }) : t("evidence.audit-none"), project);
};

/** @param {number} more random answers @param {number} left @param {number} control @returns {string} */
function auditWords(more, left, control) {
  if (more === 0) return t("evidence.half-reached");
  if (more > left) return t("evidence.half-never", { count: more, left });
  return t("evidence.half-more", { count: more, all: number(Math.round(more / Math.max(control, 0.001))) });
}
