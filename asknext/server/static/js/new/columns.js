/** Which column is what: the guess, the selects, and the table that shows it. */

/** @import {Upload} from "../types.js" */

import { choice, field } from "../components/fields.js";
import { h, put } from "../dom.js";
import { t } from "../i18n.js";

const ROLES = /** @type {const} */ (["text", "label", "id", "text_pair"]);
const SHOWN = 8; // rows of the preview

/** @typedef {(typeof ROLES)[number]} Role */

/** `<column-choice>`; event `change`. */
export class ColumnChoice extends HTMLElement {
  /** @param {Upload} upload */
  start(upload) {
    this.upload = upload;
    const names = upload.columns.map((column) => column.name);
    const { text, label, id } = upload.guess;
    /** @type {Record<Role, string>} */
    const guess = { text: text ?? names[0] ?? "", label: label ?? "", id: id ?? "", text_pair: "" };
    this.selects = new Map(ROLES.map((role) => [role, this.#select(role, names, guess[role])]));
    const fields = ROLES.map((role) =>
      field(`column-${role}`, t(`columns.${role}`), /** @type {HTMLElement} */ (this.selects?.get(role))),
    );
    this.table = h("table", { class: "preview" });
    const scroller = { class: "scroller", tabindex: 0, role: "region", "aria-label": t("columns.preview") };
    put(this, h("div", { class: "column-fields" }, ...fields), h("div", scroller, this.table));
    this.#showTable();
  }

  /** @param {Role} role @param {string[]} names @param {string} value */
  #select(role, names, value) {
    /** @type {[string, string][]} */
    const options = names.map((name) => [name, name]);
    if (role !== "text") options.unshift(["", t("columns.none")]);
    const select = choice(options, value);
    select.addEventListener("change", () => {
      this.#showTable();
      this.dispatchEvent(new Event("change"));
    });
    return select;
  }

  /** @param {Role} role @returns {string} the column's name; empty when there is none */
  column(role) {
    return this.selects?.get(role)?.value ?? "";
  }

  /** @returns {Record<string, string>} what the server calls a mapping */
  get mapping() {
    return Object.fromEntries(ROLES.map((role) => [role, this.column(role)]).filter(([, name]) => name));
  }

  /** @param {string} name @returns {number | null} how many different values a column has */
  distinct(name) {
    return this.upload?.columns.find((column) => column.name === name)?.distinct ?? null;
  }

  #showTable() {
    const { upload, table } = this;
    if (!upload || !table) return;
    const names = upload.columns.map((column) => column.name);
    const role = (/** @type {string} */ name) => ROLES.find((one) => this.column(one) === name);
    const head = names.map((name) => {
      const part = role(name);
      const tag = part ? h("span", { class: "role" }, t(`columns.${part}`)) : null;
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
