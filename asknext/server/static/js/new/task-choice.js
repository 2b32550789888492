/** What is asked about each text: one card per kind of task. */

import { h, icon, put } from "../dom.js";
import { t } from "../i18n.js";
import { said } from "../said.js";

export const KINDS = /** @type {const} */ ([
  "classification", "multi_label", "tagging", "regression", "generation", "preference",
]);

/** @typedef {(typeof KINDS)[number]} Kind */

/** @param {string | undefined} name @returns {Kind} */
export const kindOf = (name) => KINDS.find((kind) => kind === name) ?? "classification";

/** `<task-choice>`; event `change`. */
export class TaskChoice extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const cards = h("div", { class: "uses", role: "radiogroup", "aria-label": t("new.step-task") }, ...KINDS.map((kind) => this.#card(kind)));
    this.why = h("p", { class: "hint", role: "status" });
    put(this, cards, this.why);
  }

  /** @param {Kind} kind */
  #card(kind) {
    const radio = { type: "radio", name: "task", id: `task-${kind}`, value: kind, onchange: () => this.#changed() };
    const name = h("b", {}, t(`task.${kind}`), h("span", { class: "fits", "data-fits": kind, hidden: true }, icon("spark"), t("task.fits")));
    const words = h("span", {}, name, h("span", { class: "hint" }, t(`task.${kind}-hint`)));
    return h("label", { class: "use", for: `task-${kind}` }, h("input", radio), words);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Choose what a file seems to be for.
   *
   * @param {Kind} kind
   * @param {string} why
   */
  guess(kind, why) {
    for (const tag of this.querySelectorAll("[data-fits]")) {
      /** @type {HTMLElement} */ (tag).hidden = /** @type {HTMLElement} */ (tag).dataset.fits !== kind;
    }
    const radio = this.querySelector(`#task-${kind}`);
    if (radio instanceof HTMLInputElement) radio.checked = true;
    if (this.why) put(this.why, why ? said(why) : "");
  }

  /** @returns {Kind} */
  get kind() {
    const chosen = this.querySelector("input:checked");
    return kindOf(/** @type {HTMLInputElement | null} */ (chosen)?.value);
  }
}

customElements.define("task-choice", TaskChoice);
