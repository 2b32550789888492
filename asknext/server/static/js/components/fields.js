/** Form fields with a label and a hint. */

import { h } from "../dom.js";
import { percent, t } from "../i18n.js";

/**
 * @param {string} id
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 * @returns {HTMLElement}
 */
export function field(id, label, control, hint) {
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return h(
    "div",
    { class: "form-field" },
    h("label", { for: id }, label),
    control,
    hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null,
  );
}

/**
 * @param {[string, string][]} options value and words
 * @param {string} value
 * @returns {HTMLSelectElement}
 */
export function choice(options, value) {
  const known = options.some(([option]) => option === value);
  /** @type {[string, string][]} */
  const all = known ? options : [...options, [value, value]];
  const items = all.map(([option, words]) => h("option", { value: option, selected: option === value }, words));
  return h("select", { class: "field" }, ...items);
}

/**
 * @param {string} id
 * @param {string} label
 * @param {boolean} checked
 * @returns {{box: HTMLInputElement, row: HTMLElement}}
 */
export function tick(id, label, checked) {
  const box = h("input", { type: "checkbox", id, checked });
  return { box, row: h("div", { class: "form-field tick" }, box, h("label", { for: id }, label)) };
}

/**
 * A slider for a share, with its value in words beside it.
 *
 * @param {number} value 0 to 1
 * @returns {{slider: HTMLInputElement, row: HTMLElement}}
 */
export function share(value) {
  const slider = h("input", { type: "range", min: 0, max: 50, step: 1, value: Math.round(value * 100) });
  const shown = h("output", {}, percent(value));
  slider.addEventListener("input", () => (shown.textContent = percent(Number(slider.value) / 100)));
  const row = h("div", { class: "range" }, slider, shown);
  return { slider, row };
}

const USUAL = ["auto", "typiclust", "cluster_margin", "margin", "entropy", "least_confidence", "random"];

/**
 * The usual strategies by friendly names; the rest of the catalogue joins them once it is there.
 *
 * @param {string} value
 * @param {Promise<import("../types.js").StrategyCard[]>} catalogue
 * @returns {HTMLSelectElement}
 */
export function strategyChoice(value, catalogue) {
  const select = choice(USUAL.map((name) => [name, t(`strategy.${name}`)]), value);
  catalogue.then(
    (cards) => {
      const there = new Set([...select.options].map((option) => option.value));
      const rest = cards.filter((card) => card.kind === "strategy" && !there.has(card.name));
      const items = rest.map((card) => h("option", { value: card.name, title: card.summary }, card.name));
      if (items.length) select.append(h("optgroup", { label: t("settings.more-strategies") }, ...items));
    },
    () => {}, // the usual ones are enough to go on
  );
  return select;
}
