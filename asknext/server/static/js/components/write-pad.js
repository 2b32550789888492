/** A text: written anew, or the draft made right; what changed is shown word by word. */

/** @import {Form, Question, Suggestion} from "../types.js" */
/** @import {PadState} from "./answer-pad.js" */

import { h, put } from "../dom.js";
import { t } from "../i18n.js";
import { difference } from "../write/difference.js";
import { AnswerPad, passage } from "./answer-pad.js";
import { padButton } from "./pad-button.js";

const LONGEST = 100_000; // characters that the server takes
const SOON = 120; // milliseconds without a key before the difference is drawn again
const GIVE = "Ctrl ↵";

/** `<write-pad>`; an answer is a text. */
export class WritePad extends AnswerPad {
  /** @type {WeakMap<Question, string>} */
  begun = new WeakMap();
  /** @type {Suggestion | null} */
  suggestion = null;
  draft = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  /** @param {Form} form @override */
  build(form) {
    super.build(form);
    const hint = h("p", { class: "only-heard", id: "write-hint" }, t("write.hint"));
    const label = h("label", { for: "write-field", class: "write-label", dir: "auto" }, form.what || t("write.label"));
    this.field = h("textarea", {
      id: "write-field",
      class: "field write-field",
      rows: 5,
      maxlength: LONGEST,
      dir: "auto",
      "aria-describedby": "write-hint",
      oninput: () => this.#onInput(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
    });
    this.count = h("span", { class: "hint write-count" });
    this.changes = h("p", { class: "changes", dir: "auto", tabindex: 0, role: "region", "aria-label": t("write.changes") });
    this.reset = padButton({ name: "reset", words: t("write.reset"), key: "", drawing: "undo", onclick: () => this.#reset() });
    this.done = padButton({ name: "done", words: t("action.done"), key: GIVE, primary: true, onclick: () => this.#done() });
    const row = h("div", { class: "pad-row" }, this.count, this.reset, this.done);
    put(this, label, this.field, hint, this.changes, row);
  }

  /** @returns {HTMLElement | null} @override */
  get start() {
    // On a phone the focus would open the keyboard over the text that is to be read first.
    return matchMedia("(pointer: fine)").matches ? (this.field ?? null) : null;
  }

  /** @param {PadState & {question: Question}} state @override */
  passages({ question, suggestion, ...state }) {
    const { draft, ...fields } = question.fields;
    const there = draft && suggestion && plain(draft) !== draftOf(question, suggestion);
    const rest = there ? [h("h3", { class: "draft-head" }, t("write.draft")), passage(String(draft))] : [];
    return [...super.passages({ ...state, suggestion, question: { ...question, fields } }), ...rest];
  }

  /** @param {Question} question @override */
  spoken({ fields: { draft, ...fields }, ...question }) {
    return super.spoken({ ...question, fields });
  }

  /** @param {PadState} state @override */
  show(state) {
    const { question, given, suggestion, enabled } = state;
    const fresh = question !== null && question !== this.question;
    super.show(state);
    this.suggestion = suggestion;
    if (this.field) this.field.readOnly = !enabled; // a disabled field would lose the focus
    if (this.done) this.done.disabled = !enabled;
    if (question) this.#follow(question, fresh, typeof given === "string" ? given : null);
  }

  /** @param {Question} question @param {boolean} fresh @param {string | null} given */
  #follow(question, fresh, given) {
    const before = this.draft;
    this.draft = draftOf(question, this.suggestion);
    const untouched = !fresh && this.draft !== before && this.field?.value === before;
    if (fresh) this.#put(this.begun.get(question) ?? plain(given ?? this.draft));
    else if (untouched) this.#put(this.draft); // suggestions were shown or hidden
    else if (this.draft !== before) this.#draw();
  }

  /** @param {string} text */
  #put(text) {
    if (!this.field) return;
    this.field.value = text;
    this.field.scrollTop = 0;
    this.#draw();
  }

  #onInput() {
    if (this.question && this.field) this.begun.set(this.question, this.field.value);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#draw(), SOON);
    this.#drawCount();
  }

  #drawCount() {
    const text = this.field?.value ?? "";
    if (this.count) put(this.count, t("write.count", { count: [...text].length }));
    if (this.reset) this.reset.hidden = !this.draft || text === this.draft;
  }

  #draw() {
    clearTimeout(this.timer);
    this.#drawCount();
    const text = this.field?.value ?? "";
    const differs = this.draft !== "" && text !== this.draft;
    if (!this.changes) return;
    this.changes.hidden = !differs;
    const tags = /** @type {const} */ ({ same: "span", gone: "del", new: "ins" });
    put(this.changes, differs ? difference(this.draft, text).map((change) => h(tags[change.kind], {}, change.text)) : []);
  }

  /** Put the draft back as if it were typed, so that the browser can undo it. */
  #reset() {
    this.field?.focus();
    this.field?.select();
    if (!document.execCommand("insertText", false, this.draft)) this.#put(this.draft);
    this.#draw();
  }

  #done() {
    const text = this.field?.value.trim() ?? "";
    if (text) this.give(text);
    else if (this.count) put(this.count, t("write.missing"));
  }

  /** @param {KeyboardEvent} event of the field */
  #onKey(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") document.getElementById("reading")?.focus();
    else if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    else this.#done();
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event @override */
  press(event) {
    if (event.key !== "Enter" || event.repeat) return false;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) this.#done();
    else this.field?.focus();
    return true;
  }

  /** @returns {[string, string][]} @override */
  help() {
    return [
      [GIVE, t("help.write-done")],
      ["Esc", t("help.write-leave")],
      ["↵", t("help.write-enter")],
    ];
  }
}

/**
 * @param {Question} question
 * @param {Suggestion | null} suggestion
 * @returns {string} the model's text, else the one to correct; empty where there is neither
 */
const draftOf = ({ fields }, suggestion) => plain(suggestion?.value ?? fields.draft ?? "");

/** @param {unknown} text @returns {string} with the line breaks that a text field has */
const plain = (text) => String(text).replace(/\r\n?/g, "\n");

customElements.define("write-pad", WritePad);
