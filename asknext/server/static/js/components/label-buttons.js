/** A group of label buttons with their keys and, where they are many, a box to find one. */

import { h, icon, keycap, put } from "../dom.js";
import { t } from "../i18n.js";
import { FORM_KEYS, labelKeys, matching } from "../keys.js";

const MANY = 20; // above this a filter box appears

/**
 * @typedef {object} Look how a button stands
 * @property {boolean} enabled
 * @property {boolean} suggested
 * @property {boolean} given an earlier answer named it
 * @property {boolean | null} pressed null on a button that does not stay pressed
 * @property {string} share the model's confidence in words; may be empty
 */

/** Holds the buttons in `parts`; they keep their places, whatever the text. */
export class LabelButtons {
  /**
   * @param {readonly string[]} labels
   * @param {(label: string) => void} onPress
   * @param {string} [reserved] letters that are no label's key
   */
  constructor(labels, onPress, reserved = "") {
    this.labels = labels;
    this.onPress = onPress;
    this.keys = labelKeys(labels, reserved);
    this.found = matching(labels, ""); // places of the labels that the filter leaves
    this.buttons = labels.map((label, place) => this.#button(label, place));
    const size = labels.length <= 4 ? " few" : labels.length > MANY ? " many" : "";
    this.group = h("div", { class: `labels${size}`, role: "group", "aria-label": t("annotate.labels") });
    this.group.append(...this.buttons);
    this.filter = labels.length > MANY ? this.#filterBox() : null;
    this.parts = [this.filter && this.#filterRow(this.filter), this.group];
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
        onclick: () => this.onPress(label),
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
    return h("div", { class: "filter-row" }, icon("search"), filter, keycap(FORM_KEYS.filter));
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
    if (event.key === "Enter" && label !== undefined) this.onPress(label);
    else if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.#leave();
  }

  /** Empty the filter and leave it. */
  #leave() {
    if (!this.filter) return;
    this.filter.value = "";
    this.filter.blur();
    this.#narrow();
  }

  /**
   * Take the key of a label, or the one that leads into the filter.
   *
   * @param {string | null} key
   * @returns {boolean} whether it was one
   */
  press(key) {
    if (key === FORM_KEYS.filter) {
      this.filter?.focus();
      this.filter?.select();
      return this.filter !== null;
    }
    const label = key === null ? undefined : this.labels[this.keys.indexOf(key)];
    if (label !== undefined) this.onPress(label);
    return label !== undefined;
  }

  /** @param {(label: string, place: number) => Look} look */
  show(look) {
    this.buttons.forEach((button, place) => {
      const { enabled, suggested, given, pressed, share } = look(/** @type {string} */ (this.labels[place]), place);
      button.disabled = !enabled;
      button.classList.toggle("suggested", suggested);
      button.classList.toggle("given", given);
      if (pressed !== null) button.setAttribute("aria-pressed", String(pressed));
      put(/** @type {Element} */ (button.lastElementChild), ...badge(suggested, share));
    });
  }

  /** @returns {[string, string][]} */
  help() {
    const rows = this.labels.map((label, place) => /** @type {[string, string]} */ ([this.keys[place] ?? "", label]));
    const found = rows.filter(([key]) => key);
    return this.filter ? [...found, [FORM_KEYS.filter, t("help.filter")]] : found;
  }
}

/** @param {boolean} suggested @param {string} share @returns {(Node | string)[]} */
export function badge(suggested, share) {
  if (!suggested) return [];
  return [
    icon("spark"),
    h("span", { class: "only-heard" }, share ? t("annotate.suggested", { share }) : t("annotate.suggested-plain")),
    h("span", { "aria-hidden": "true" }, share),
  ];
}

/**
 * A label that may be broken after "_", "-", "/" and "." where the button is narrow.
 * @param {string} label
 * @returns {(string | HTMLElement)[]}
 */
function breakable(label) {
  const parts = label.split(/(?<=[_\-/.])/);
  return parts.flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}
