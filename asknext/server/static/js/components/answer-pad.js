/** What every form of an answer shares, so that the desk need not know which one it holds. */

/** @import {Form, Question, Suggestion} from "../types.js" */

import { h } from "../dom.js";

/**
 * @typedef {object} PadState
 * @property {Question | null} question
 * @property {Suggestion | null} suggestion null where there is none or none may be seen
 * @property {unknown} given what an earlier answer said; null where there is none
 * @property {boolean} enabled
 */

/** A form; event `choose` with the value of the answer in `detail`. */
export class AnswerPad extends HTMLElement {
  constructor() {
    super();
    /** @type {Question | null} the question that the form is about */
    this.question = null;
    this.enabled = false;
  }

  /** Make the form, once. @param {Form} form */
  build(form) {
    this.form = form;
  }

  /**
   * Bring the form up to date; called often, with the same question too.
   *
   * @param {PadState} state
   */
  show({ question, enabled }) {
    this.question = question;
    this.enabled = enabled;
  }

  /**
   * Say how the question stands in the reading area.
   *
   * @param {PadState & {question: Question}} state
   * @returns {Node[]}
   */
  passages({ question }) {
    return texts(question).map(passage);
  }

  /** @param {Question} question @returns {string} the same for those who listen */
  spoken(question) {
    return texts(question).join("\n");
  }

  /** @returns {HTMLElement | null} what has the focus when a question comes; null for its text */
  get start() {
    return null;
  }

  /** @returns {Record<string, unknown> | null} what of the screen is kept with the answer */
  get shown() {
    return null;
  }

  /**
   * Take a key press; the form prevents the browser's own doing where it has to.
   *
   * @param {KeyboardEvent} _event
   * @returns {boolean} whether the key was for the form
   */
  press(_event) {
    return false;
  }

  /** @returns {[string, string][]} keys of the form, and what they do */
  help() {
    return [];
  }

  /** @param {unknown} value */
  give(value) {
    this.dispatchEvent(new CustomEvent("choose", { detail: value }));
  }
}

/** @param {Question} question @returns {string[]} text first, then its second text, then the rest */
function texts({ fields: { text, text_pair: pair, ...rest } }) {
  const parts = [text, pair, ...Object.values(rest)];
  return parts.filter((part) => part !== undefined && part !== null).map(String);
}

/** @param {string} text @returns {HTMLElement} */
export const passage = (text) => h("p", { class: "passage", dir: "auto" }, text);

/** @param {string | undefined} words what is asked for, as the project says @returns {Node | null} */
export const wish = (words) => (words ? h("p", { class: "wish", dir: "auto" }, words) : null);
