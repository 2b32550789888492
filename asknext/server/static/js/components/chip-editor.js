/** A list of labels, typed one per line or pasted, each with a button that takes it away. */

import { h, icon, put } from "../dom.js";
import { t } from "../i18n.js";
import { linesOf } from "../slug.js";

/** `<chip-editor>`; event `change`. Labels in `fixed` cannot be taken away. */
export class ChipEditor extends HTMLElement {
  constructor() {
    super();
    /** @type {string[]} */
    this.fixed = [];
    /** @type {string[]} */
    this.chosen = [];
    this.list = h("ul", { class: "chips", "aria-label": t("labels.title") });
    this.field = h("textarea", {
      class: "field",
      rows: 1,
      id: "label-field",
      placeholder: t("labels.placeholder"),
      autocomplete: "off",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
      oninput: () => this.#takeLines(),
    });
  }

  connectedCallback() {
    const label = h("label", { for: "label-field" }, t("labels.add"));
    const add = h("button", { type: "button", class: "button", onclick: () => this.take() }, icon("plus"), t("action.add"));
    put(this, this.list, label, h("div", { class: "chip-row" }, this.field, add), h("p", { class: "hint" }, t("labels.hint")));
    this.#show();
  }

  /** @returns {string[]} all labels in order, what is still being typed too */
  get labels() {
    return [...new Set([...this.fixed, ...this.chosen, ...linesOf(this.field.value)])];
  }

  /** @param {string[]} labels */
  start(labels) {
    this.fixed = labels;
    this.chosen = [];
    this.#show();
  }

  /** Make chips of what was typed. */
  take() {
    const known = new Set([...this.fixed, ...this.chosen]);
    const fresh = linesOf(this.field.value).filter((label) => !known.has(label));
    this.field.value = "";
    if (!fresh.length) return;
    this.chosen = [...this.chosen, ...fresh];
    this.#show();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    this.take();
  }

  #takeLines() {
    if (this.field.value.includes("\n")) this.take();
  }

  /** @param {string} label */
  #drop(label) {
    this.chosen = this.chosen.filter((other) => other !== label);
    this.#show();
    this.field.focus();
    this.dispatchEvent(new Event("change"));
  }

  #show() {
    const chip = (/** @type {string} */ label, /** @type {boolean} */ fixed) => {
      const words = t("labels.remove", { label });
      const cross = { type: "button", class: "chip-drop", "aria-label": words, title: words, onclick: () => this.#drop(label) };
      return h(
        "li",
        { class: "chip" },
        h("span", { dir: "auto" }, label),
        fixed ? null : h("button", cross, icon("close")),
      );
    };
    put(this.list, ...this.fixed.map((label) => chip(label, true)), ...this.chosen.map((label) => chip(label, false)));
    this.list.hidden = !this.fixed.length && !this.chosen.length;
  }
}

customElements.define("chip-editor", ChipEditor);
