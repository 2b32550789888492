/** The cards of the dashboard: quality, counts, advice, encoding, people. */

/** @import {Counts, EncodingStatus, Quality, Report, Status, Verdict} from "../types.js" */

import { h, icon } from "../dom.js";
import { saidError } from "../errors.js";
import { finePercent, has, number, percent, span, t } from "../i18n.js";
import { said } from "../said.js";

/** @param {Quality | null} quality @returns {HTMLElement} */
export function qualityCard(quality) {
  if (!quality) {
    return h(
      "section",
      { class: "card quality" },
      h("h2", {}, t("quality.title")),
      h("p", { class: "quality-none" }, t("quality.none")),
      h("p", { class: "hint" }, t("quality.none-hint")),
    );
  }
  const { estimate, low, high, n } = quality;
  const values = { estimate: percent(estimate), low: percent(low), high: percent(high), count: n };
  return h(
    "section",
    { class: "card quality" },
    h("h2", {}, t("quality.title")),
    h("p", { class: "figure-number", id: "quality-number" }, percent(estimate)),
    interval(quality),
    h("p", { id: "quality-sentence" }, t(`quality.${sentenceOf(quality)}`, values)),
    quality.trust ? h("p", { class: "hint", id: "quality-trust" }, trustWords(quality.trust)) : null,
    has(`metric.${quality.metric}`) ? h("p", { class: "hint" }, t(`metric.${quality.metric}`)) : null,
    quality.note ? h("p", { class: "hint" }, said(quality.note)) : null,
  );
}

/** @param {import("../types.js").Trust} trust @returns {string} whether probabilities mean what they say */
const trustWords = ({ confidence, right, error }) =>
  t("quality.trust", { confidence: percent(confidence), right: percent(right), error: finePercent(error) });

/** @param {Quality} quality @returns {string} which sentence says it; only accuracy is a share of right answers */
function sentenceOf({ metric, source }) {
  const measured = source === "test" ? "test" : "control";
  return metric === "accuracy" ? measured : `score-${measured}`;
}

/** @param {Quality} quality @returns {Node} the interval as a band on a line from 0 to 1 */
function interval({ estimate, low, high }) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "interval");
  svg.setAttribute("aria-hidden", "true");
  const part = (/** @type {string} */ name, /** @type {number} */ x, /** @type {number} */ width) => {
    const rect = document.createElementNS(space, "rect");
    const sizes = { class: name, x: `${x * 100}%`, width: `${width * 100}%`, height: "100%", rx: "4" };
    for (const [key, value] of Object.entries(sizes)) rect.setAttribute(key, value);
    return rect;
  };
  svg.append(part("track", 0, 1), part("band", low, high - low), part("point", Math.max(0, estimate - 0.004), 0.008));
  return svg;
}

const COUNTS = ["labelled", "answers", "skipped", "unsure", "flagged", "pool", "test", "copies", "near"];

/** @param {Counts} counts */
export function countsCard(counts) {
  const rows = COUNTS.filter((name) => name in counts).map((name) =>
    h("div", { class: "count" }, h("dt", {}, t(`counts.${name}`)), h("dd", { "data-count": name }, number(counts[name] ?? 0))),
  );
  return h("section", { class: "card" }, h("h2", {}, t("counts.title")), h("dl", { class: "counts" }, ...rows));
}

/** @param {Verdict[]} verdicts */
export function adviceCard(verdicts) {
  const stop = verdicts.some((verdict) => verdict.stop);
  const items = verdicts.map((verdict) =>
    h(
      "li",
      { class: `advice ${verdict.stop ? "advice-stop" : "advice-go"}` },
      icon(verdict.stop ? "check" : "arrow"),
      h("div", {}, h("b", {}, ruleName(verdict.rule)), h("p", {}, said(verdict.reason))),
    ),
  );
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t("advice.title")),
    h("p", { class: "advice-sum" }, t(stop ? "advice.stop" : "advice.go")),
    h("ul", { class: "advices" }, ...items),
  );
}

/** @param {string} rule */
const ruleName = (rule) => (has(`rule.${rule}`) ? t(`rule.${rule}`) : rule);

/** @param {Status | null} status */
export function machineCard(status) {
  if (!status) return h("section", { class: "card" }, h("h2", {}, t("machine.title")), h("p", { class: "hint" }, t("state.loading")));
  const { model, encoding } = status;
  const learnt = model.state === "none" ? t("status.no-model") : t("status.model", { count: model.answers });
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t("machine.title")),
    h("p", {}, icon("spark"), " ", learnt),
    model.error ? h("p", { class: "box bad", dir: "auto" }, saidError(model.error)) : null,
    ...encodingRows(encoding),
  );
}

/** @param {EncodingStatus} encoding */
function encodingRows(encoding) {
  const { done, total, state, seconds_left: left, notice, error } = encoding;
  const words = state === "running" && left ? t("state.time-left", { left: span(left) }) : "";
  return [
    h("p", {}, t("machine.encoded", { done, total })),
    h("progress", { max: Math.max(total, 1), value: done, "aria-label": t("machine.encoded-label") }),
    words ? h("p", { class: "hint" }, words) : null,
    notice ? h("p", { class: "hint" }, said(notice)) : null,
    error ? h("p", { class: "box bad", dir: "auto" }, error) : null,
  ];
}

/** Say whether the model teaches itself, and why. @param {Report["self_training"]} found @returns {string} */
function taughtWords({ on, wanted, serves, check }) {
  if (!serves) return "";
  const state = t(on ? "taught.on" : "taught.off");
  if (wanted === "off" || !check) return wanted === "auto" ? "" : t("said.joined", { first: state, second: t("taught.as-set") });
  const { reason, pseudo = 0, n = 0, before = 0, after = 0 } = check;
  const words = { pseudo: number(pseudo), n: number(n), before: percent(before), after: percent(after) };
  const code = reason.replaceAll(" ", "-");
  return t("said.joined", { first: state, second: has(`taught.${code}`) ? t(`taught.${code}`, words) : reason });
}

/** @param {Report["annotators"]} people @param {Report["self_training"]} taught */
export function peopleCard(people, taught) {
  const rows = people.map(({ who, answers, median_seconds: seconds }) =>
    h(
      "tr",
      {},
      h("td", { dir: "auto" }, who),
      h("td", {}, number(answers)),
      h("td", {}, seconds === null ? "–" : t("people.seconds", { seconds: Math.round(seconds * 10) / 10 })),
    ),
  );
  const head = ["who", "answers", "median"].map((name) => h("th", { scope: "col" }, t(`people.${name}`)));
  const table = h("table", { class: "preview" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  const body = people.length ? table : h("p", { class: "hint" }, t("people.none"));
  const words = taughtWords(taught);
  const note = words ? h("p", { class: "hint", id: "self-training" }, words) : null;
  return h("section", { class: "card" }, h("h2", {}, t("people.title")), body, note);
}

/** @param {Report["left_out"]} texts @returns {HTMLElement | null} nothing where nothing is left out */
export function leftOutCard(texts) {
  if (!texts?.length) return null;
  const rows = texts.map(({ id, text }) => h("li", { "data-example": id, dir: "auto" }, text));
  const scroller = { class: "left-out", tabindex: 0, role: "region", "aria-label": t("left-out.list") };
  const list = h("div", scroller, h("ul", {}, ...rows));
  return h("section", { class: "card left-out-card" }, h("h2", {}, t("left-out.title")), h("p", { class: "hint" }, t("left-out.hint")), list);
}
