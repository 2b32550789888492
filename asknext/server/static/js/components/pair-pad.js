/** Which of two answers is better; they stand in an order drawn by chance. */

/** @import {Form, Question} from "../types.js" */
/** @import {PadState} from "./answer-pad.js" */

import { h, keycap, put } from "../dom.js";
import { percent, t } from "../i18n.js";
import { FORM_KEYS, keyOf } from "../keys.js";
import { orderOf } from "../order.js";
import { AnswerPad, passage, wish } from "./answer-pad.js";
import { badge } from "./label-buttons.js";

const PLACES = /** @type {const} */ (["first", "second"]);
const CHOICES = /** @type {const} */ ({ first: "1", second: "2", tie: "0", bad: "x" });
/** @type {Record<string, Choice>} */
const ALSO = { ArrowLeft: "first", ArrowRight: "second", "=": "tie" };

/** @typedef {keyof typeof CHOICES} Choice */

/** `<pair-pad>`; an answer is "a", "b" (fields of the question), "tie" or "bad". */
export class PairPad extends AnswerPad {
  /** @type {Map<Choice, HTMLButtonElement>} */
  buttons = new Map();
  /** @type {unknown} */
  suggested = null;

  /** @param {Form} form @override */
  build(form) {
    super.build(form);
    const names = /** @type {Choice[]} */ (Object.keys(CHOICES));
    this.buttons = new Map(names.map((name) => [name, this.#button(name)]));
    const group = h("div", { class: "labels pair-choices", role: "group", "aria-label": t("annotate.answer") });
    put(this, put(group, ...this.buttons.values()));
  }

  /** @param {Choice} name */
  #button(name) {
    return h(
      "button",
      {
        class: "label-button",
        type: "button",
        "data-choice": name,
        "aria-keyshortcuts": CHOICES[name],
        onclick: () => this.#choose(name),
      },
      keycap(CHOICES[name]),
      h("span", { class: "label-name" }, t(`pair.${name}`)),
      h("span", { class: "badge" }),
    );
  }

  /** @param {PadState & {question: Question}} state @override */
  passages({ question }) {
    const { text } = question.fields;
    const cards = orderOf(question.id).map((field, place) => {
      const name = /** @type {Choice} */ (PLACES[place]);
      const head = h("h3", { class: "pair-head" }, keycap(CHOICES[name]), t(`pair.${name}-answer`));
      return h("article", { class: "pair-card", "data-field": field }, head, passage(String(question.fields[field] ?? "")));
    });
    const prompt = text ? h("div", { class: "pair-prompt" }, passage(String(text))) : null;
    const parts = [wish(this.form?.what), prompt, h("div", { class: "pair" }, ...cards)];
    return parts.filter((part) => part !== null);
  }

  /** @param {Question} question @override */
  spoken(question) {
    const answers = orderOf(question.id).map((field, place) =>
      [t(`pair.${PLACES[place] ?? ""}-answer`), question.fields[field]].join(": "),
    );
    return [question.fields.text, ...answers].filter(Boolean).join("\n");
  }

  /** @override */
  get shown() {
    return this.question ? { order: orderOf(this.question.id) } : null;
  }

  /** @param {PadState} state @override */
  show(state) {
    super.show(state);
    const { suggestion, given, enabled, question } = state;
    this.suggested = suggestion?.value ?? null;
    for (const [name, button] of this.buttons) {
      const value = question ? valueOf(question, name) : null;
      const suggested = value !== null && value === this.suggested;
      button.disabled = !enabled;
      button.classList.toggle("suggested", suggested);
      button.classList.toggle("given", value !== null && given === value);
      put(/** @type {Element} */ (button.lastElementChild), ...badge(suggested, percent(suggestion?.confidence ?? 0)));
    }
  }

  /** @param {Choice} name */
  #choose(name) {
    if (this.question && this.enabled) this.give(valueOf(this.question, name));
  }

  /** @param {KeyboardEvent} event @override */
  press(event) {
    const key = keyOf(event);
    const found = Object.entries(CHOICES).find(([, own]) => own === key)?.[0] ?? ALSO[key ?? ""];
    if (event.repeat || event.shiftKey || (!found && key !== FORM_KEYS.give)) return false;
    event.preventDefault();
    if (found) this.#choose(/** @type {Choice} */ (found));
    else if (this.suggested !== null) this.give(this.suggested);
    return true;
  }

  /** @returns {[string, string][]} @override */
  help() {
    const names = /** @type {Choice[]} */ (Object.keys(CHOICES));
    /** @type {Record<Choice, string>} */
    const also = { first: " ←", second: " →", tie: " =", bad: "" };
    const rows = names.map((name) => /** @type {[string, string]} */ ([CHOICES[name] + also[name], t(`pair.${name}`)]));
    return [...rows, [FORM_KEYS.give, t("help.accept")]];
  }
}

/** @param {Question} question @param {Choice} name @returns {string} */
function valueOf({ id }, name) {
  const place = PLACES.findIndex((one) => one === name);
  return orderOf(id)[place] ?? name;
}

customElements.define("pair-pad", PairPad);
