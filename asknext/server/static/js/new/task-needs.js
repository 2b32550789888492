/** What a task has to know: its labels, its scale, or what people are to write or judge by. */

/** @import {Kind} from "./task-choice.js" */

import { ChipEditor } from "../components/chip-editor.js";
import { field } from "../components/fields.js";
import { h, put } from "../dom.js";
import { t } from "../i18n.js";
import { typedNumber } from "../scale.js";

/** @type {Record<Kind, "labels" | "scale" | "what">} */
const NEEDS = {
  classification: "labels",
  multi_label: "labels",
  tagging: "labels",
  regression: "scale",
  generation: "what",
  preference: "what",
};
const ENDS = /** @type {const} */ ({ low: "1", high: "5", step: "1" });

const WORDS = {
  labels: { explain: "labels.explain", fromFile: "labels.from-column" },
  scale: { explain: "scale.explain", fromFile: "scale.from-column" },
};

/** @typedef {keyof typeof ENDS} End */

/** `<task-needs>` */
export class TaskNeeds extends HTMLElement {
  /** @type {Kind} */
  kind = "classification";
  fromFile = false;

  constructor() {
    super();
    this.chips = new ChipEditor();
    this.note = h("p", { class: "hint" });
    const names = /** @type {End[]} */ (Object.keys(ENDS));
    this.ends = new Map(names.map((name) => [name, this.#end(ENDS[name])]));
    const rows = names.map((name) => field(`scale-${name}`, t(`scale.${name}`), /** @type {HTMLElement} */ (this.ends.get(name))));
    this.scale = h("div", { class: "scale-fields" }, ...rows);
    this.what = h("input", { class: "field", maxlength: 300, autocomplete: "off", dir: "auto" });
    this.wish = field("what-field", t("what.label"), this.what, t("what.hint"));
  }

  connectedCallback() {
    put(this, this.note, this.chips, this.scale, this.wish);
  }

  /** @param {string} value */
  #end(value) {
    return h("input", { class: "field", inputmode: "decimal", autocomplete: "off", maxlength: 20, value });
  }

  /** @returns {"labels" | "scale" | "what"} */
  get need() {
    return NEEDS[this.kind];
  }

  /**
   * @param {Kind} kind
   * @param {string} column that holds known answers and says what is needed; empty for none
   * @param {number | null} distinct how many different values its first rows have
   */
  show(kind, column, distinct) {
    this.kind = kind;
    this.fromFile = column !== "";
    this.chips.hidden = this.need !== "labels" || this.fromFile;
    this.scale.hidden = this.need !== "scale" || this.fromFile;
    this.wish.hidden = this.need !== "what";
    this.what.placeholder = this.need === "what" ? t(`what.${kind}`) : "";
    put(this.note, this.#note(column, kind === "classification" ? distinct : null));
    this.note.hidden = this.need === "what";
  }

  /** @param {string} column @param {number | null} distinct @returns {string} where labels or scale come from */
  #note(column, distinct) {
    if (this.need === "what") return "";
    if (!this.fromFile) return t(WORDS[this.need].explain);
    if (distinct !== null) return t("labels.from-column-count", { column, values: distinct });
    return t(WORDS[this.need].fromFile, { column });
  }

  /** @returns {string | null} what is missing, in words */
  get missing() {
    if (this.fromFile || this.need === "what") return null;
    if (this.need === "scale") return this.#number("low") < this.#number("high") ? null : t("new.missing-scale");
    if (this.chips.labels.length >= (this.kind === "classification" ? 2 : 1)) return null;
    return t(this.kind === "classification" ? "new.missing-labels" : "new.missing-label");
  }

  /** @param {End} name */
  #number(name) {
    return typedNumber(this.ends.get(name)?.value ?? "");
  }

  /** @returns {Record<string, unknown>} the task as the server takes it; what is left out comes from the file */
  get task() {
    const { kind, need } = this;
    if (need === "what") return { kind, what: this.what.value.trim() };
    if (this.fromFile) return { kind };
    if (need === "labels") return { kind, labels: this.chips.labels };
    return { kind, low: this.#number("low"), high: this.#number("high"), step: this.#number("step") || 0 };
  }
}

customElements.define("task-needs", TaskNeeds);
