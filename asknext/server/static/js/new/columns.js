/** Which column is what: the guess, the selects, and the table that shows it. */

/** @import {Upload} from "../types.js" */
/** @import {Kind} from "./task-choice.js" */

import { choice, field } from "../components/fields.js";
import { h, put } from "../dom.js";
import { has, t } from "../i18n.js";

const PLAIN = /** @type {Role[]} */ (["text", "label", "id", "text_pair"]);
/** @type {Record<Kind, Role[]>} */
const ROLES = {
  classification: PLAIN,
  multi_label: PLAIN,
  regression: PLAIN,
  tagging: ["text", "label", "tokens", "tags", "id"],
  generation: ["text", "label", "draft", "id"],
  preference: ["text", "a", "b", "label", "chosen", "rejected", "id"],
};
const ANSWERS = /** @type {Role[]} */ (["label", "tags", "chosen"]);
const SHOWN = 8; // rows of the preview

/** @typedef {"text" | "label" | "id" | "text_pair" | "tokens" | "tags" | "draft" | "a" | "b" | "chosen" | "rejected"} Role */

/** `<column-choice>`; event `change`. */
export class ColumnChoice extends HTMLElement {
  /** @type {Role[]} */
  roles = PLAIN;
  /** @type {Kind} */
  kind = "classification";
  /** @type {Map<Role, HTMLSelectElement>} */
  selects = new Map();

  /**
   * Show the columns of a file with the guess for its own kind of task.
   *
   * @param {Upload} upload
   * @param {Kind} kind
   */
  start(upload, kind) {
    this.upload = upload;
    this.#build(kind, upload.guess);
  }

  /** Ask for the columns of another kind of task; what is known stays. @param {Kind} kind */
  serve(kind) {
    if (!this.upload) return;
    const { text, id, label } = this.mapping;
    const own = this.upload.task === kind ? this.upload.guess : {};
    this.#build(kind, { text, id, label, ...own });
  }

  /** @param {Kind} kind @param {Partial<Record<Role, string | null>>} guess */
  #build(kind, guess) {
    const names = this.upload?.columns.map((column) => column.name) ?? [];
    this.kind = kind;
    this.roles = ROLES[kind];
    const text = guess.text || (guess.tokens ? "" : (names[0] ?? ""));
    this.selects = new Map(this.roles.map((role) => [role, this.#select(role, names, (role === "text" ? text : guess[role]) ?? "")]));
    const fields = this.roles.map((role) =>
      field(`column-${role}`, this.#name(role), /** @type {HTMLElement} */ (this.selects.get(role))),
    );
    this.table = h("table", { class: "preview" });
    const scroller = { class: "scroller", tabindex: 0, role: "region", "aria-label": t("columns.preview") };
    put(this, h("div", { class: "column-fields" }, ...fields), h("div", scroller, this.table));
    this.#showTable();
  }

  /** @param {Role} role @returns {string} what the column is called for this kind of task */
  #name(role) {
    const own = `columns.${role}-${this.kind}`;
    return has(own) ? t(own) : t(`columns.${role}`);
  }

  /** @param {Role} role @param {string[]} names @param {string} value */
  #select(role, names, value) {
    /** @type {[string, string][]} */
    const options = names.map((name) => [name, name]);
    if (role !== "text" || this.kind === "tagging") options.unshift(["", t("columns.none")]);
    const select = choice(options, value);
    select.addEventListener("change", () => {
      this.#showTable();
      this.dispatchEvent(new Event("change"));
    });
    return select;
  }

  /** @returns {string} the column that holds known answers; empty when there is none */
  get answers() {
    return ANSWERS.map((role) => this.column(role)).find(Boolean) ?? "";
  }

  /** @returns {string | null} what is missing, in words */
  get missing() {
    const there = (/** @type {Role} */ role) => this.column(role) !== "";
    if (!there("text") && !there("tokens")) return t("new.missing-text");
    const pair = (there("a") && there("b")) || (there("chosen") && there("rejected"));
    return this.kind === "preference" && !pair ? t("new.missing-pair") : null;
  }

  /** @param {Role} role @returns {string} the column's name; empty when there is none */
  column(role) {
    return this.selects.get(role)?.value ?? "";
  }

  /** @returns {Record<string, string>} what the server calls a mapping */
  get mapping() {
    return Object.fromEntries(this.roles.map((role) => [role, this.column(role)]).filter(([, name]) => name));
  }

  /** @param {string} name @returns {number | null} how many different values a column has */
  distinct(name) {
    return this.upload?.columns.find((column) => column.name === name)?.distinct ?? null;
  }

  #showTable() {
    const { upload, table } = this;
    if (!upload || !table) return;
    const names = upload.columns.map((column) => column.name);
    const role = (/** @type {string} */ name) => this.roles.find((one) => this.column(one) === name);
    const head = names.map((name) => {
      const part = role(name);
      const tag = part ? h("span", { class: "role" }, this.#name(part)) : null;
      return h("th", { scope: "col", class: part ? `is-${part}` : null }, h("span", { dir: "auto" }, name), tag);
    });
    const rows = upload.rows.slice(0, SHOWN).map((row) => {
      const cells = names.map((name) => {
        const part = role(name);
        return h("td", { class: part ? `is-${part}` : null, dir: "auto" }, shown(row[name]));
      });
      return h("tr", {}, ...cells);
    });
    put(table, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  }
}

/** @param {unknown} value */
function shown(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

customElements.define("column-choice", ColumnChoice);
