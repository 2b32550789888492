/** A panel over the rail (over the text on a phone): guidelines, or why this text was chosen. */

/** @import {Question, Why} from "../types.js" */

import { getWhy } from "../api.js";
import { h, icon, put } from "../dom.js";
import { percent, t } from "../i18n.js";
import { said, saidAnswer } from "../said.js";
import { errorBox } from "./notice.js";

/** `<side-panel>`; event `closed`. */
export class SidePanel extends HTMLElement {
  constructor() {
    super();
    /** @type {string | null} what is open: guidelines, why */
    this.open = null;
    this.kind = "choice"; // of the form
    this.hidden = true;
  }

  /** @param {string} name @param {string} title @param {(Node | string | null)[]} content */
  #fill(name, title, content) {
    this.open = name;
    this.hidden = false;
    const close = h(
      "button",
      { type: "button", class: "quiet square", "aria-label": t("action.close"), onclick: () => this.close() },
      icon("close"),
    );
    const body = h("div", { class: "panel-body", tabindex: 0, role: "region", "aria-label": title });
    put(body, content.filter((part) => part !== null));
    put(this, h("div", { class: "panel-head" }, h("h2", {}, title), close), body);
  }

  close() {
    this.open = null;
    this.hidden = true;
    put(this);
    this.dispatchEvent(new Event("closed"));
  }

  /** @param {string} guidelines */
  showGuidelines(guidelines) {
    const text = h("div", { class: "guidelines", dir: "auto" }, guidelines || t("annotate.no-guidelines"));
    this.#fill("guidelines", t("annotate.guidelines"), [text]);
  }

  /** @param {string} project @param {Question} question */
  async showWhy(project, question) {
    this.#fill("why", t("annotate.why"), [h("p", { class: "hint" }, t("state.loading"))]);
    try {
      const why = await getWhy(project, question.id);
      if (this.open === "why") this.#fill("why", t("annotate.why"), whyContent(why, question, this.kind));
    } catch (error) {
      const box = errorBox(error, () => void this.showWhy(project, question));
      if (this.open === "why") this.#fill("why", t("annotate.why"), [box]);
    }
  }
}

/** @param {Why} why @param {Question} question @param {string} kind @returns {(Node | null)[]} */
function whyContent(why, question, kind) {
  const reason = h("p", { class: "why-reason" }, said(why.reason) || t("why.no-reason"));
  return [reason, facts(why), prediction(why, question, kind), neighbours(why, kind), metadata(question)];
}

/** @param {Why} why */
function facts({ score, strategy, model }) {
  const rows = [
    score === null || score === undefined ? null : [t("why.score"), score.toFixed(3)],
    strategy ? [t("why.strategy"), strategy] : null,
    model === null || model === undefined ? null : [t("why.model"), String(model)],
  ].filter((row) => row !== null);
  return rows.length ? h("dl", { class: "facts" }, ...rows.flatMap(([name = "", value = ""]) => pair(name, value))) : null;
}

/** @param {string} name @param {string} value */
const pair = (name, value) => [h("dt", {}, name), h("dd", { dir: "auto" }, value)];

/** @param {Why} why @param {Question} question @param {string} kind */
function prediction({ prediction: shares, guess }, { suggestion, fields }, kind) {
  const title = h("h3", {}, t("why.prediction"));
  if (shares?.length) return h("section", {}, title, bars(shares));
  const found = guess ?? suggestion;
  if (!found) return h("section", {}, title, h("p", { class: "hint" }, t("why.blind")));
  const words = saidAnswer(kind, found.value, fields);
  const sure = t("why.confidence", { share: percent(found.confidence) });
  return h("section", {}, title, h("p", {}, h("b", { dir: "auto" }, words)), h("p", { class: "hint" }, sure));
}

/** @param {NonNullable<Why["prediction"]>} shares */
function bars(shares) {
  const rows = shares.slice(0, 6).map(({ label, probability }) =>
    h(
      "li",
      {},
      h("span", { class: "bar-name", dir: "auto" }, label),
      h("meter", { min: 0, max: 1, value: probability, "aria-label": label }),
      h("span", { class: "bar-value" }, percent(probability)),
    ),
  );
  return h("ul", { class: "bars" }, ...rows);
}

/** @param {Why} why @param {string} kind */
function neighbours({ neighbours: near }, kind) {
  if (!near?.length) return h("section", {}, h("h3", {}, t("why.neighbours")), h("p", { class: "hint" }, t("why.no-neighbours")));
  const rows = near.map(({ text, label, similarity }) =>
    h(
      "li",
      {},
      h("p", { class: "neighbour-text", dir: "auto" }, text),
      h("p", { class: "hint" }, h("b", { dir: "auto" }, saidAnswer(kind, label, { text })), ` · ${t("why.similar", { share: percent(similarity) })}`),
    ),
  );
  return h("section", {}, h("h3", {}, t("why.neighbours")), h("ul", { class: "neighbours" }, ...rows));
}

/** @param {Question} question */
function metadata({ meta }) {
  const rows = Object.entries(meta ?? {});
  if (!rows.length) return null;
  return h("section", {}, h("h3", {}, t("why.meta")), h("dl", { class: "facts" }, ...rows.flatMap(([name, value]) => pair(name, String(value)))));
}

customElements.define("side-panel", SidePanel);
