/** What is said of a language model: which one serves, how a training goes, how it ended and why. */

/** @import {Counts, DeepStatus, Run} from "../types.js" */

import { finePercent, hour, number, signedPercent, span, t } from "../i18n.js";
import { said } from "../said.js";

/** @param {Run} run @returns {number} labels that it has learnt, where that is known */
const learnt = (run) => run.made.labels ?? run.answers;

/** @param {string} base a name, or a folder of which the last part is enough */
const short = (base) => base.split(/[/\\]/).filter(Boolean).slice(-1)[0] ?? base;

/** @param {Run | undefined} run @returns {string} */
export function servingWords(run) {
  if (!run) return t("deep.serves-none");
  const labels = t("deep.labels", { count: learnt(run) });
  return t("deep.serves", { run: run.id, base: short(run.start.base || "–"), labels, when: hour(run.ended ?? run.requested) });
}

/** @param {DeepStatus} deep @returns {string} empty while nothing goes on */
export const stageWords = ({ state, run }) => (run ? t(`deep.stage-${state}`, { run }) : "");

/** @param {DeepStatus} deep @returns {string} */
export function stepWords({ run, step, total, loss, seconds_left: left }) {
  if (!run || !total) return "";
  const words = [
    t("deep.step", { step, total }),
    typeof loss === "number" ? t("deep.loss", { loss: loss.toPrecision(3) }) : "",
    typeof left === "number" ? t("state.time-left", { left: span(left) }) : "",
  ];
  return words.filter(Boolean).join(" · ");
}

/** @param {DeepStatus} deep @param {Counts} counts @returns {string} when the next training begins by itself */
export function nextWords({ next }, { labelled = 0 }) {
  if (next === null) return t("deep.next-asked");
  return labelled < next ? t("deep.next", { count: next - labelled }) : t("deep.next-soon");
}

/** @param {Run} run @returns {string} */
export const runLine = (run) =>
  [run.id, hour(run.ended ?? run.requested), t("deep.labels", { count: learnt(run) })].join(" · ");

/** @param {Run} run @param {string} kind of the form @returns {string} how it ended, and why */
export function outcomeWords(run, kind) {
  const { state, result } = run;
  if (state === "cancelled") return t("deep.cancelled");
  if (state === "failed") return result.reason === "error" ? t("deep.failed-error") : said(result.message ?? "");
  if (state !== "promoted" && state !== "refused") return "";
  const more = [changed(run, kind), selfTaught(run), lasted(run)].filter(Boolean);
  return more.reduce((first, second) => t("said.joined", { first, second }), comparison(run));
}

/** @param {Run} run @returns {string} how it did against what served before */
export function comparison({ state, result }) {
  const { quality, serving, difference, rule, n = 0 } = result;
  if (!quality || !serving || !difference) return t("deep.uncompared");
  const [mean, low, high] = difference.map(signedPercent);
  const values = { mean: mean ?? "", low: low ?? "", high: high ?? "", n: number(n) };
  const strict = rule === "better" ? "-better" : "";
  return t(`deep.${state}${strict}`, { ...values, new: finePercent(quality.estimate), old: finePercent(serving.estimate) });
}

/** For one answer a text, fluctuation is the share of them that changed. @param {Run} run @param {string} kind */
function changed({ result: { fluctuation } }, kind) {
  if (typeof fluctuation !== "number") return "";
  if (["choice", "pair"].includes(kind)) return t("deep.changed", { share: finePercent(fluctuation) });
  return t("deep.agreed", { share: finePercent(1 - fluctuation) });
}

/** @param {Run} run @returns {string} whether the model with pseudo-labels was kept */
function selfTaught({ made }) {
  const found = made.self_training;
  if (!found) return "";
  return found.helps ? t("deep.taught", { pseudo: number(found.pseudo) }) : t("deep.untaught");
}

/** @param {Run} run */
const lasted = ({ made }) => (made.seconds ? t("deep.trained-in", { span: span(made.seconds) }) : "");
