/** Cards of evidence: what asking cleverly was worth, and where the curve leads. */

/** @import {Evidence, Project, Saving, Span, Target} from "../types.js" */

import { FigurePlot } from "../components/figure-plot.js";
import { h } from "../dom.js";
import { number, percent, signedPercent, t } from "../i18n.js";
import { said } from "../said.js";
import { hints } from "./proof.js";

/** @param {Span} span @returns {Record<string, string>} in whole numbers */
const whole = ({ estimate, low, high }) => ({
  estimate: number(Math.round(estimate)),
  low: number(Math.round(low)),
  high: number(Math.round(high)),
});

/** @param {Evidence} found @returns {string} why there is no saving, or no outlook */
function why({ curves_reason: reason, random_answers: random, needs }) {
  if (reason) return said(reason);
  return t("evidence.saving-needs", { least: needs?.random_answers_for_saving ?? 18, count: random });
}

/** @param {Evidence} found @returns {HTMLElement} */
export function savingCard(found) {
  const { saving, answers: now } = found;
  const body = saving
    ? savingWords(saving, now)
    : [h("p", { class: "quality-none" }, t("evidence.saving-open")), h("p", {}, why(found))];
  return h("section", { class: "card", id: "saving" }, h("h2", {}, t("evidence.saving")), ...body, ...hints(t("evidence.saving-hint")));
}

/** @param {Saving} saving @param {number} now @returns {HTMLElement[]} */
function savingWords({ answers, random_answers: needed, bounded, minutes, equal_number: equal }, now) {
  const { estimate, low, high } = whole(answers);
  const key = answers.low > 0 ? "saved" : answers.high < 0 ? "cost" : "unsure";
  const lead = key === "saved" ? [h("p", { class: "figure-number" }, estimate)] : [];
  const values = { count: now, needed: number(Math.round(needed.estimate)), low: low ?? "", high: high ?? "" };
  return [
    ...lead,
    h("p", { class: "quality-none" }, t(`evidence.saving-${key}`)),
    h("p", {}, t(`evidence.saving-words`, values), bounded ? ` ${t("evidence.saving-bounded")}` : ""),
    h("p", {}, minutes ? t("evidence.minutes", whole(minutes)) : t("evidence.no-minutes")),
    ...(equal ? [h("p", {}, equalWords(equal))] : []),
  ];
}

/** @param {NonNullable<Saving["equal_number"]>} equal @returns {string} */
const equalWords = ({ answers, asked, random, difference, low, high }) =>
  t("evidence.equal", {
    count: Math.round(answers),
    asked: percent(asked),
    random: percent(random),
    difference: signedPercent(difference),
    low: signedPercent(low),
    high: signedPercent(high),
  });

/** @param {Evidence} found @param {Project} project @returns {HTMLElement} */
export function outlookCard(found, project) {
  const { outlook } = found;
  if (!outlook) {
    const none = h("p", { class: "quality-none" }, t("evidence.outlook-open"));
    return h("section", { class: "card", id: "outlook" }, h("h2", {}, t("figure.outlook")), none, h("p", {}, why(found)));
  }
  const plot = new FigurePlot();
  plot.classList.add("card");
  plot.id = "outlook";
  void plot.start({ project: project.settings.name, figure: "outlook" });
  const share = (/** @type {number} */ value) => percent(value);
  const points = outlook.points.map((point) => [number(point.answers), share(point.estimate), "–", "–"]);
  const band = outlook.band.map((point) => [number(point.answers), share(point.estimate), share(point.low), share(point.high)]);
  plot.tell(["answers", "score", "low", "high"].map((column) => t(`figure.${column}`)), [...points, ...band]);
  const targets = h("ul", { class: "targets" }, ...outlook.targets.map((target) => h("li", {}, targetWords(target))));
  plot.box.before(targets);
  void plot.draw();
  return plot;
}

/** @param {Target} target @returns {string} */
function targetWords({ target, more, low, high }) {
  const share = percent(target);
  if (more === 0) return t("evidence.target-reached", { share });
  if (more === null) return t("evidence.target-never", { share });
  if (high === null) return t("evidence.target-open", { share, count: more, low: low ?? 0 });
  return t("evidence.target-more", { share, count: more, low: low ?? 0, high });
}
