/** The label buttons with their keys. They keep their places, whatever the text. */

/** @import {Suggestion} from "../types.js" */

import { h, icon, keycap, put } from "../dom.js";
import { percent, t } from "../i18n.js";
import { COMMANDS, labelKeys, matching } from "../keys.js";

const MANY = 20; // above this a filter box appears

/** `<label-pad>`; event `choose` with the label in `detail`. */
export class LabelPad extends HTMLElement {
  constructor() {
    super();
    /** @type {string[]} */
    this.labels = [];
    /** @type {(string | null)[]} */
    this.keys = [];
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    /** @type {HTMLInputElement | null} */
    this.filter = null;
    /** @type {number[]} places of the labels that the filter leaves */
    this.found = [];
  }

  /** @param {string[]} labels */
  build(labels) {
    this.labels = labels;
    this.keys = labelKeys(labels);
    this.found = matching(labels, "");
    this.buttons = labels.map((label, place) => this.#button(label, place));
    const size = labels.length <= 4 ? " few" : labels.length > MANY ? " many" : "";
    const group = h("div", { class: `labels${size}`, role: "group", "aria-label": t("annotate.labels") });
    group.append(...this.buttons);
    this.filter = labels.length > MANY ? this.#filterBox() : null;
    put(this, this.filter && this.#filterRow(this.filter), group);
  }

  /** @param {string} label @param {number} place */
  #button(label, place) {
    const key = this.keys[place];
    return h(
      "button",
      {
        class: "label-button",
        type: "button",
        "aria-keyshortcuts": key,
        "data-label": label,
        onclick: () => this.#choose(label),
      },
      key ? keycap(key) : null,
      h("span", { class: "label-name", dir: "auto" }, ...breakable(label)),
      h("span", { class: "badge" }),
    );
  }

  #filterBox() {
    return h("input", {
      class: "field filter",
      type: "search",
      "aria-label": t("annotate.filter"),
      placeholder: t("annotate.filter"),
      autocomplete: "off",
      oninput: () => this.#narrow(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#filterKey(event),
    });
  }

  /** @param {HTMLInputElement} filter */
  #filterRow(filter) {
    return h("div", { class: "filter-row" }, icon("search"), filter, keycap(COMMANDS.filter));
  }

  #narrow() {
    this.found = matching(this.labels, this.filter?.value ?? "");
    this.buttons.forEach((button, place) => (button.hidden = !this.found.includes(place)));
    this.buttons.forEach((button, place) => button.classList.toggle("first", this.#isFirst(place)));
  }

  /** @param {number} place */
  #isFirst(place) {
    return Boolean(this.filter?.value) && this.found[0] === place;
  }

  /** @param {KeyboardEvent} event */
  #filterKey(event) {
    if (event.isComposing) return; // Enter ends the composition of an input method here
    const label = this.labels[this.found[0] ?? -1];
    if (event.key === "Enter" && label !== undefined) this.#choose(label);
    else if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.clear();
  }

  /** Put the cursor into the filter box, where there is one. */
  openFilter() {
    this.filter?.focus();
    this.filter?.select();
  }

  /** Empty the filter and leave it. */
  clear() {
    if (!this.filter) return;
    this.filter.value = "";
    this.filter.blur();
    this.#narrow();
  }

  /** @param {string} label */
  #choose(label) {
    this.dispatchEvent(new CustomEvent("choose", { detail: label }));
  }

  /**
   * @param {{suggestion: Suggestion | null, given: string | null, enabled: boolean}} state
   *     `given` is the label that an earlier answer gave
   */
  show({ suggestion, given, enabled }) {
    this.buttons.forEach((button, place) => {
      const label = this.labels[place];
      const suggested = suggestion !== null && suggestion.value === label;
      button.disabled = !enabled;
      button.classList.toggle("suggested", suggested);
      button.classList.toggle("given", given === label);
      put(/** @type {Element} */ (button.lastElementChild), ...this.#badge(suggested ? suggestion : null));
    });
  }

  /** @param {Suggestion | null} suggestion @returns {(Node | string)[]} */
  #badge(suggestion) {
    if (!suggestion) return [];
    const share = percent(suggestion.confidence);
    return [
      icon("spark"),
      h("span", { class: "only-heard" }, t("annotate.suggested", { share })),
      h("span", { "aria-hidden": "true" }, share),
    ];
  }
}

customElements.define("label-pad", LabelPad);

/**
 * A label that may be broken after "_", "-", "/" and "." where the button is narrow.
 * @param {string} label
 * @returns {(string | HTMLElement)[]}
 */
function breakable(label) {
  const parts = label.split(/(?<=[_\-/.])/);
  return parts.flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}
