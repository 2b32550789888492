/** Any number of labels, none included: keys switch them, Enter answers. */

/** @import {Form, Question, Suggestion} from "../types.js" */
/** @import {PadState} from "./answer-pad.js" */

import { h, put } from "../dom.js";
import { t } from "../i18n.js";
import { FORM_KEYS, keyOf } from "../keys.js";
import { AnswerPad } from "./answer-pad.js";
import { LabelButtons } from "./label-buttons.js";
import { announce } from "./notice.js";
import { padButton, reword } from "./pad-button.js";

/** `<choices-pad>`; an answer is a list of labels in the order of the form. */
export class ChoicesPad extends AnswerPad {
  /** @type {Set<string>} */
  chosen = new Set();
  /** @type {WeakMap<Question, Set<string>>} what was begun and left for another question */
  begun = new WeakMap();
  /** @type {Suggestion | null} */
  suggestion = null;
  /** @type {string[]} */
  labels = [];

  /** @param {Form} form @override */
  build(form) {
    this.labels = form.labels ?? [];
    this.buttons = new LabelButtons(this.labels, (label) => this.#switch(label));
    this.done = padButton({ name: "done", words: "", key: FORM_KEYS.give, primary: true, onclick: () => this.#done() });
    this.accept = padButton({
      name: "accept",
      words: t("choices.accept"),
      key: `⇧ ${FORM_KEYS.give}`,
      drawing: "spark",
      onclick: () => this.#accept(),
    });
    put(this, ...this.buttons.parts, h("div", { class: "pad-row" }, this.accept, this.done));
  }

  /** @param {PadState} state @override */
  show(state) {
    const { question, given, suggestion } = state;
    if (question && question !== this.question) {
      const start = Array.isArray(given) ? given : [];
      this.chosen = this.begun.get(question) ?? new Set(start.map(String));
      this.begun.set(question, this.chosen);
    }
    super.show(state);
    this.given = Array.isArray(given) ? given : null;
    this.suggestion = suggestion;
    this.#draw();
  }

  #draw() {
    const { enabled, suggestion, chosen } = this;
    const suggested = suggestion ? /** @type {string[]} */ (suggestion.value) : [];
    this.buttons?.show((label) => ({
      enabled,
      suggested: suggested.includes(label),
      given: this.given?.includes(label) ?? false,
      pressed: chosen.has(label),
      share: "",
    }));
    if (!this.done || !this.accept) return;
    reword(this.done, chosen.size ? t("choices.done", { count: chosen.size }) : t("choices.none"));
    reword(this.accept, suggestion && !suggested.length ? t("choices.accept-none") : t("choices.accept"));
    this.done.disabled = !enabled;
    this.accept.hidden = suggestion === null;
    this.accept.disabled = !enabled;
  }

  /** @param {string} label */
  #switch(label) {
    if (!this.enabled) return;
    const on = !this.chosen.delete(label);
    if (on) this.chosen.add(label);
    announce(t(on ? "choices.on" : "choices.off", { label }));
    this.#draw();
  }

  #done() {
    this.give(this.labels.filter((label) => this.chosen.has(label)));
  }

  #accept() {
    if (this.suggestion) this.give(this.suggestion.value);
  }

  /** @param {KeyboardEvent} event @override */
  press(event) {
    const key = keyOf(event);
    const gives = key === FORM_KEYS.give;
    if (event.repeat || (!gives && !this.buttons?.press(key))) return false;
    event.preventDefault();
    if (gives && event.shiftKey) this.#accept();
    else if (gives) this.#done();
    return true;
  }

  /** @returns {[string, string][]} @override */
  help() {
    return [
      ...(this.buttons?.help() ?? []),
      [FORM_KEYS.give, t("help.choices-done")],
      [`⇧ ${FORM_KEYS.give}`, t("help.choices-accept")],
    ];
  }
}

customElements.define("choices-pad", ChoicesPad);
