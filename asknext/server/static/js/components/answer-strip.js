/** The last ten answers, newest first; each can be opened again. */

/** @import {Given} from "../types.js" */

import { h, icon, put } from "../dom.js";
import { t } from "../i18n.js";
import { saidAnswer } from "../said.js";

const DRAWINGS = { label: "check", skip: "skip", unsure: "unsure", flag: "flag" };

/** @param {Given} given @param {string} kind of the form @returns {string} what was answered, in words */
export const answerName = ({ action, value, question }, kind) =>
  action === "label" ? saidAnswer(kind, value, question.fields) : t(`annotate.${action}`);

/** `<answer-strip>`; event `revisit` with the Given in `detail`. */
export class AnswerStrip extends HTMLElement {
  kind = "choice"; // of the form
  /** @type {unknown[]} what is shown now */
  shown = [];

  /** @param {Given[]} given @param {Given | null} revisited */
  show(given, revisited) {
    const now = [revisited, ...given];
    // Built anew only where something changed: the focus may be on one of the buttons.
    if (this.firstChild && now.length === this.shown.length && now.every((one, i) => one === this.shown[i])) return;
    this.shown = now;
    const heading = h("h2", { class: "strip-title" }, t("annotate.last"));
    const list = h("ol", { class: "strip" }, ...given.map((one) => this.#item(one, one === revisited)));
    const empty = h("p", { class: "hint strip-empty" }, t("annotate.last-empty"));
    put(this, heading, given.length ? list : empty);
  }

  /** @param {Given} given @param {boolean} open */
  #item(given, open) {
    const text = String(given.question.fields.text ?? "");
    const button = h(
      "button",
      {
        type: "button",
        class: `past past-${given.action}`,
        "aria-current": open ? "true" : null,
        title: t("annotate.reopen"),
        onclick: () => this.dispatchEvent(new CustomEvent("revisit", { detail: given })),
      },
      icon(DRAWINGS[given.action]),
      h("span", { class: "past-answer", dir: "auto" }, answerName(given, this.kind)),
      given.note ? icon("note") : null,
      h("span", { class: "past-text", dir: "auto" }, text.slice(0, 80)),
    );
    return h("li", {}, button);
  }
}

customElements.define("answer-strip", AnswerStrip);
