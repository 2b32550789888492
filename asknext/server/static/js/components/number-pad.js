/** A number on a scale: a slider, a field, arrow keys, digits. */

/** @import {Form, Question, Suggestion} from "../types.js" */
/** @import {Scale} from "../scale.js" */
/** @import {PadState} from "./answer-pad.js" */

import { h, icon, put } from "../dom.js";
import { number, t } from "../i18n.js";
import { FORM_KEYS, keyOf } from "../keys.js";
import { isOn, kept, onStep, stepped, typedNumber } from "../scale.js";
import { AnswerPad } from "./answer-pad.js";
import { padButton } from "./pad-button.js";

const LEAP = 10; // steps at once with Shift, PageUp and PageDown
/** @type {Record<string, number>} */
const STEPS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: LEAP, PageDown: -LEAP };
const TYPED = /^[\d.,+−-]$/;
const EDITING = ["Backspace", "Delete"];

/** `<number-pad>`; an answer is a number. */
export class NumberPad extends AnswerPad {
  /** @type {Scale} */
  scale = { low: 0, high: 1, step: 0.01 };
  /** @type {number | null} null until the person has chosen */
  value = null;
  /** @type {WeakMap<Question, number | null>} */
  begun = new WeakMap();
  /** @type {Suggestion | null} */
  suggestion = null;

  /** @param {Form} form @override */
  build({ low = 0, high = 1, step = 0.01 }) {
    this.scale = { low, high, step };
    const known = { "data-keys": true, "aria-describedby": "number-hint" };
    this.slider = h("input", { ...known, type: "range", min: low, max: high, step: "any", "aria-label": t("number.slider"), oninput: () => this.#slide() });
    this.field = h("input", { ...known, class: "field number-field", inputmode: "decimal", autocomplete: "off", maxlength: 24, "aria-label": t("number.field"), oninput: () => this.#type() });
    this.mark = h("span", { class: "number-mark", "aria-hidden": "true" }, icon("spark"));
    this.hint = h("p", { class: "hint number-hint", id: "number-hint", role: "status" });
    this.done = padButton({ name: "done", words: t("action.done"), key: FORM_KEYS.give, primary: true, onclick: () => this.#done() });
    const track = h("div", { class: "number-track" }, this.mark, this.slider);
    const ends = [low, high].map((end) => h("span", { class: "number-end" }, number(end)));
    const scale = h("div", { class: "number-scale" }, /** @type {Node} */ (ends[0]), track, /** @type {Node} */ (ends[1]));
    put(this, scale, h("div", { class: "pad-row" }, this.field, this.done), this.hint);
  }

  /** @param {PadState} state @override */
  show(state) {
    const { question, given, suggestion, enabled } = state;
    const fresh = question !== null && question !== this.question;
    super.show(state);
    this.suggestion = suggestion;
    if (fresh) {
      const begun = this.begun.get(question);
      this.#set(begun === undefined ? (typeof given === "number" ? given : null) : begun);
    }
    for (const part of [this.slider, this.done]) if (part) part.disabled = !enabled;
    if (this.field) this.field.readOnly = !enabled; // a disabled field would lose the focus
    this.#drawMark();
    if (fresh) this.#tell();
  }

  /** @returns {number | null} what the model thinks, on a step of the scale */
  get #suggested() {
    return this.suggestion ? onStep(this.scale, Number(this.suggestion.value)) : null;
  }

  #drawMark() {
    const { low, high } = this.scale;
    const at = this.#suggested;
    if (!this.mark) return;
    this.mark.hidden = at === null;
    this.mark.style.setProperty("--at", String(((at ?? low) - low) / (high - low)));
  }

  /** Show a number in slider and field. @param {number | null} value */
  #set(value) {
    this.value = value;
    if (this.question) this.begun.set(this.question, value);
    if (this.field) this.field.value = value === null ? "" : String(value);
    this.#drawSlider();
  }

  #drawSlider() {
    const { slider, value } = this;
    const { low, high } = this.scale;
    if (!slider) return;
    slider.value = String(value ?? (low + high) / 2);
    slider.classList.toggle("unset", value === null);
    slider.setAttribute("aria-valuetext", value === null ? t("number.none") : number(value));
  }

  #slide() {
    this.#set(onStep(this.scale, Number(this.slider?.value)));
    this.#tell();
  }

  #type() {
    const typed = typedNumber(this.field?.value ?? "");
    this.value = isOn(this.scale, typed) ? typed : null;
    if (this.question) this.begun.set(this.question, this.value);
    this.#drawSlider();
    this.#tell();
  }

  /** Say the scale, and the suggestion where there is one. */
  #tell() {
    const { low, high } = this.scale;
    const at = this.#suggested;
    const words = at === null ? t("number.scale", { low, high }) : t("number.suggested", { low, high, value: at });
    this.hint?.classList.remove("wrong");
    this.field?.removeAttribute("aria-invalid");
    if (this.hint && this.hint.textContent !== words) put(this.hint, words);
  }

  /** @param {string} words */
  #refuse(words) {
    this.hint?.classList.add("wrong");
    this.field?.setAttribute("aria-invalid", "true");
    if (this.hint) put(this.hint, words);
  }

  #done() {
    const { low, high } = this.scale;
    const typed = this.field?.value.trim() ?? "";
    const value = typed ? typedNumber(typed) : this.#suggested;
    if (value === null) this.#refuse(t("number.missing", { low, high }));
    else if (!isOn(this.scale, value)) this.#refuse(t("number.outside", { typed, low, high }));
    else this.give(value);
  }

  /** @param {number} steps */
  #step(steps) {
    const { low, high } = this.scale;
    const start = this.value ?? this.#suggested;
    if (start === null) this.#set(onStep(this.scale, (low + high) / 2));
    else this.#set(stepped(this.scale, start, steps));
    this.#tell();
  }

  /** @param {KeyboardEvent} event @override */
  press(event) {
    const key = keyOf(event);
    if (!this.enabled || key === null) return false;
    const steps = STEPS[key];
    const ends = { Home: this.scale.low, End: this.scale.high }[key];
    if (steps !== undefined) this.#step(event.shiftKey && Math.abs(steps) === 1 ? steps * LEAP : steps);
    else if (ends !== undefined) this.#set(kept(this.scale, ends));
    else if (key === FORM_KEYS.give && !event.repeat) this.#done();
    else return this.#typing(event, key);
    event.preventDefault();
    return true;
  }

  /** Let what belongs to a number reach the field. @param {KeyboardEvent} event @param {string} key */
  #typing(event, key) {
    const inField = event.target === this.field;
    if (EDITING.includes(key)) {
      if (!inField && this.value !== null) this.#set(null);
      return true;
    }
    if (!TYPED.test(key)) return false;
    if (!inField) {
      this.#set(null);
      this.field?.focus();
    }
    return true;
  }

  /** @returns {[string, string][]} @override */
  help() {
    const { step } = this.scale;
    return [
      ["← →", t("help.number-step", { step })],
      ["⇧ ← →", t("help.number-leap", { step: kept({ low: 0, high: Infinity, step }, step * LEAP) })],
      ["0–9", t("help.number-type")],
      [FORM_KEYS.give, t("help.number-done")],
    ];
  }
}

customElements.define("number-pad", NumberPad);
