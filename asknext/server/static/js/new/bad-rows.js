/** Rows that cannot be read: where each is, what was found, what is allowed. */

/** @import {BadRow} from "../types.js" */

import { h, icon } from "../dom.js";
import { saidPartOfError } from "../errors.js";
import { number, t } from "../i18n.js";

const SHOWN = 20;

/** @param {BadRow} row @param {"row" | "column" | "found" | "allowed"} name @returns {string} */
function cell(row, name) {
  if (name === "row") return number(row.row);
  return name === "column" ? row.column : saidPartOfError(row[name]);
}

/**
 * @param {BadRow[]} rows
 * @param {string} message of the server, which knows the total
 * @param {() => void} skip imports the rest
 * @returns {HTMLElement}
 */
export function badRowsBox(rows, message, skip) {
  const total = Number(/^\d+/.exec(message)?.[0] ?? rows.length);
  const columns = /** @type {const} */ (["row", "column", "found", "allowed"]);
  const head = columns.map((name) => h("th", { scope: "col" }, t(`bad.${name}`)));
  const body = rows.slice(0, SHOWN).map((row) =>
    h("tr", {}, ...columns.map((name) => h("td", { dir: "auto" }, cell(row, name)))),
  );
  const table = h("table", { class: "preview" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body));
  const scroller = { class: "scroller", tabindex: 0, role: "region", "aria-label": t("bad.title", { count: total }) };
  const more = total > SHOWN ? h("p", { class: "hint" }, t("bad.more", { rest: total - SHOWN })) : null;
  return h(
    "section",
    { class: "box bad", role: "alert", id: "bad-rows" },
    icon("alert"),
    h(
      "div",
      { class: "grow" },
      h("h2", {}, t("bad.title", { count: total })),
      h("p", {}, h("b", { dir: "auto" }, rows[0]?.file ?? ""), " · ", t("bad.hint")),
      h("div", scroller, table),
      more,
      h("button", { type: "button", class: "button primary", onclick: skip }, t("bad.skip")),
    ),
  );
}
