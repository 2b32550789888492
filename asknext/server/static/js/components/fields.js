/** Form fields with a label and a hint. */

import { h, put } from "../dom.js";
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
 * Offer the usual strategies by friendly names; once the catalogue is there, those that do not
 * serve the task go, and the rest of it joins.
 *
 * @param {HTMLSelectElement} select
 * @param {string} value
 * @param {Promise<import("../types.js").StrategyCard[]>} catalogue
 */
export function fillStrategies(select, value, catalogue) {
  const option = (/** @type {string} */ name, /** @type {string} */ words, title = "") =>
    h("option", { value: name, selected: name === value, title: title || null }, words);
  const usual = (/** @type {(name: string) => boolean} */ serves) =>
    USUAL.filter(serves).map((name) => option(name, t(`strategy.${name}`)));
  put(select, ...usual(() => true), USUAL.includes(value) ? null : option(value, value));
  catalogue.then(
    (cards) => {
      const known = new Set(cards.map((card) => card.name));
      const chosen = select.value;
      const rest = cards.filter((card) => card.kind === "strategy" && !USUAL.includes(card.name));
      const items = rest.map((card) => option(card.name, card.name, card.summary));
      const own = known.has(chosen) || USUAL.includes(chosen) ? null : option(chosen, chosen);
      const more = items.length ? h("optgroup", { label: t("settings.more-strategies") }, ...items) : null;
      put(select, ...usual((name) => name === "auto" || known.has(name)), own, more);
      select.value = chosen;
      if (!select.value) select.value = "auto"; // what was chosen does not serve this task
    },
    () => {}, // the usual ones are enough to go on
  );
}
