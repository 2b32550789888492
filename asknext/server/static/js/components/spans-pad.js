/** Parts of a text are marked with labels: by mouse, by finger, or by keyboard alone. */

/** @import {Form, Question} from "../types.js" */
/** @import {Mark} from "../spans/marks.js" */
/** @import {Piece} from "../spans/segments.js" */
/** @import {PadState} from "./answer-pad.js" */

import { h, put } from "../dom.js";
import { t } from "../i18n.js";
import { FORM_KEYS, keyOf } from "../keys.js";
import { SpanEditor } from "../spans/editor.js";
import { edgeOf, moveOf } from "../spans/keys.js";
import { fromAnswer } from "../spans/marks.js";
import { Surface } from "../spans/surface.js";
import { AnswerPad } from "./answer-pad.js";
import { LabelButtons } from "./label-buttons.js";
import { announce } from "./notice.js";
import { padButton } from "./pad-button.js";

const TONES = 8; // colours in css/forms.css
const TOOLS = /** @type {const} */ ([["remove", "Del", "trash"], ["part", FORM_KEYS.part, "part"]]);

/** @typedef {(typeof TOOLS)[number][0]} Tool */

/** `<spans-pad>`; an answer is a list of {start, end, label} in code points of the text. */
export class SpansPad extends AnswerPad {
  /** @type {WeakMap<Question, SpanEditor>} */
  begun = new WeakMap();
  editor = new SpanEditor("");
  surface = new Surface();
  /** @type {string | null} the label that the mouse marks with */
  armed = null;
  /** @type {string[]} */
  labels = [];
  /** @type {Map<Tool, HTMLButtonElement>} */
  tools = new Map();
  drawn = "";
  /** whether the press that now ends has marked: the click that comes with it does nothing more */
  dragged = false;

  /** @param {Form} form @override */
  build(form) {
    this.labels = form.labels ?? [];
    this.buttons = new LabelButtons(this.labels, (label) => this.#label(label), FORM_KEYS.part);
    this.buttons.buttons.forEach((button, place) => button.classList.add("toned", `tone-${place % TONES}`));
    const deeds = { remove: () => this.#remove(), part: () => this.#part() };
    this.tools = new Map(
      TOOLS.map(([name, key, drawing]) => [name, padButton({ name, key, drawing, words: t(`spans.${name}`), onclick: deeds[name] })]),
    );
    this.done = padButton({ name: "done", words: t("action.done"), key: FORM_KEYS.give, primary: true, onclick: () => this.#done() });
    this.hint = h("p", { class: "hint spans-hint" });
    put(this, ...this.buttons.parts, h("div", { class: "pad-row" }, this.hint, ...this.tools.values(), this.done));
    this.surface.element.addEventListener("click", (event) => this.#click(event));
    document.addEventListener("selectionchange", () => this.#follow());
    document.addEventListener("pointerdown", (event) => this.#pressed(event));
    document.addEventListener("pointerup", () => this.#released());
  }

  /** @param {PadState & {question: Question}} state @override */
  passages({ question, ...state }) {
    const { text, ...fields } = question.fields;
    return [this.surface.element, ...super.passages({ ...state, question: { ...question, fields } })];
  }

  /** @param {PadState} state @override */
  show(state) {
    const { question, given, suggestion } = state;
    const fresh = question !== null && question !== this.question;
    super.show(state);
    if (fresh) this.#open(question, given);
    this.editor.suggested = spansOf(suggestion?.value);
    this.#draw();
  }

  /** @param {Question} question @param {unknown} given */
  #open(question, given) {
    const start = Array.isArray(given) ? fromAnswer(given, spansOf(question.suggestion?.value)) : undefined;
    this.editor = this.begun.get(question) ?? new SpanEditor(String(question.fields.text ?? ""), start);
    this.editor.choose(null);
    this.begun.set(question, this.editor);
  }

  #draw() {
    const { points, marks, open, marking, chosen, current } = this.editor;
    const shown = marks.map((mark) => ({
      ...mark,
      tone: Math.max(0, this.labels.indexOf(mark.label)) % TONES,
      suggested: open.includes(mark),
      current: mark === current,
    }));
    const now = JSON.stringify([points.text, shown, marking.blank]);
    // Drawn anew only where something changed: it would end a selection that is being made.
    if (this.question && now !== this.drawn) this.surface.draw(points, shown, marking.blank);
    this.drawn = now;
    this.surface.choose(this.question && chosen);
    this.#drawTools();
  }

  #drawTools() {
    const { current, marking } = this.editor;
    const { enabled, armed } = this;
    this.buttons?.show((label) => ({ enabled, suggested: false, given: current?.label === label, pressed: armed === label, share: "" }));
    const [remove, part] = TOOLS.map(([name]) => this.tools.get(name));
    if (remove) remove.disabled = !enabled || current === null;
    if (part) part.disabled = !enabled;
    part?.setAttribute("aria-pressed", String(marking.blank.length > 0));
    if (this.done) this.done.disabled = !enabled;
    if (this.hint && this.hint.textContent !== this.#words) put(this.hint, this.#words);
  }

  /** @returns {string} what can be done now */
  get #words() {
    const { marking, chosen, open } = this.editor;
    if (this.armed !== null) return t("spans.armed", { label: this.armed });
    if (marking.blank.length) return t("spans.partly");
    if (chosen) return t("spans.choose-label");
    return open.length ? t("spans.suggested", { count: open.length }) : t("spans.start");
  }

  /** Show and say what is chosen now. */
  #look() {
    this.#draw();
    const { chosen, current } = this.editor;
    if (!chosen) return;
    this.surface.reveal(chosen);
    const text = this.editor.textOf(chosen);
    announce(current ? t("spans.at", { text, label: current.label }) : text);
  }

  /** Mark what is chosen; with nothing chosen, the mouse marks with this label. @param {string} label */
  #label(label) {
    const { range } = this.editor;
    if (!this.enabled) return;
    if (range) return this.#mark(range, label);
    this.armed = this.armed === label ? null : label;
    announce(this.#words);
    this.#drawTools();
  }

  /** @param {Piece} range @param {string} label */
  #mark(range, label) {
    document.getSelection()?.removeAllRanges();
    this.editor.mark(range, label);
    this.#draw();
    announce(t("spans.marked", { label, text: this.editor.textOf(range) }));
  }

  #remove() {
    const gone = this.editor.remove();
    if (!gone) return;
    this.#draw();
    announce(t("spans.removed", { label: gone.label, text: this.editor.textOf(gone) }));
  }

  #part() {
    this.editor.narrow();
    this.#draw();
    announce(this.#words);
  }

  #done() {
    this.armed = null;
    this.give(this.editor.answer);
  }

  /** @param {KeyboardEvent} event @override */
  press(event) {
    if (!this.enabled) return false;
    const move = moveOf(event, getComputedStyle(this.surface.element).direction === "rtl");
    const edge = edgeOf(event);
    if (move) this.editor.move(move);
    else if (edge) this.editor.nudge(edge.edge, edge.way);
    else if (event.repeat || !this.#command(event)) return false;
    if (move || edge) this.#look();
    event.preventDefault();
    return true;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was one */
  #command(event) {
    const key = keyOf(event);
    if (event.key === "Tab") return this.#hop(event);
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") return this.#undo();
    if (key === "Escape") return this.#leave();
    if (this.buttons?.press(key)) return true;
    if (key === "Delete" || key === "Backspace") this.#remove();
    else if (key === FORM_KEYS.part) this.#part();
    else if (key === FORM_KEYS.give) this.#done();
    else return false;
    return true;
  }

  /** Go from mark to mark; beyond the last one Tab leaves the text. @param {KeyboardEvent} event */
  #hop({ target, shiftKey }) {
    const inText = target === document.body || (target instanceof Element && target.matches(".reading"));
    if (!inText || !this.editor.hop(shiftKey ? -1 : 1)) return false;
    this.#look();
    return true;
  }

  #undo() {
    if (!this.editor.undo()) return false;
    this.#draw();
    announce(t("spans.undone"));
    return true;
  }

  #leave() {
    if (!this.editor.chosen && this.armed === null) return false;
    document.getSelection()?.removeAllRanges();
    this.armed = null;
    this.editor.choose(null);
    this.#draw();
    return true;
  }

  /** @returns {Piece | null} what the mouse or the finger has selected, in whole characters */
  get #selected() {
    const selected = this.enabled && this.isConnected ? this.surface.selected : null;
    return selected && this.editor.segments.whole(selected);
  }

  #follow() {
    const selected = this.#selected;
    if (!selected) return;
    this.editor.choose(selected);
    this.surface.choose(selected);
    this.#drawTools();
  }

  /** What was selected before is not what this press selects. @param {PointerEvent} event */
  #pressed({ target }) {
    this.dragged = false;
    const inText = target instanceof Node && this.surface.element.contains(target);
    if (inText && this.armed !== null) document.getSelection()?.removeAllRanges();
  }

  /** Mark at once: clicks and keys that follow overtake timers on a busy machine. */
  #released() {
    const selected = this.#selected;
    this.dragged = selected !== null && this.armed !== null;
    if (selected && this.armed !== null) this.#mark(selected, this.armed);
  }

  /** A click chooses a mark or a word; a second word by finger extends to it. @param {MouseEvent} event */
  #click(event) {
    if (!this.enabled || this.dragged || this.surface.selected) return;
    const { editor, surface, armed } = this;
    const mark = event.target instanceof Element ? event.target.closest(".mark") : null;
    const point = surface.pointAt(event);
    const word = point === null ? null : editor.segments.wordAt(point);
    const finger = event instanceof PointerEvent && event.pointerType === "touch";
    if (mark instanceof HTMLElement) editor.choose({ start: Number(mark.dataset.start), end: Number(mark.dataset.end) });
    else if (word && armed !== null) return this.#mark(editor.joined(word, armed), armed);
    else editor.choose(word && finger ? editor.reached(word) : word);
    this.#look();
  }

  /** @returns {[string, string][]} @override */
  help() {
    return [
      ...(this.buttons?.help() ?? []),
      ["← →", t("help.spans-word")],
      ["↑ ↓", t("help.spans-sentence")],
      ["⇧ ← →", t("help.spans-extend")],
      ["Ctrl ← →", t("help.spans-character")],
      ["⇥", t("help.spans-hop")],
      ["[ ]", t("help.spans-end")],
      ["{ }", t("help.spans-start")],
      ["Del", t("help.spans-remove")],
      [FORM_KEYS.part, t("help.spans-part")],
      ["Ctrl Z", t("help.spans-undo")],
      [FORM_KEYS.give, t("help.spans-done")],
    ];
  }
}

/** @param {unknown} value of a suggestion @returns {Mark[]} */
const spansOf = (value) => (Array.isArray(value) ? value.filter((one) => one.label !== null) : []);

customElements.define("spans-pad", SpansPad);
