/** Write a note to the answer that comes next. */

import { ask } from "../components/dialogs.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";

/**
 * @param {string} note what is written so far
 * @returns {Promise<string | null>} null when it was left as it is
 */
export async function writeNote(note) {
  const field = h("textarea", { id: "note-field", class: "field", rows: 4, maxlength: 4000, value: note });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    /** @type {HTMLButtonElement | null} */ (field.form?.querySelector("button[value=yes]"))?.click();
  });
  const label = h("label", { for: "note-field" }, t("note.label"));
  const hint = h("p", { class: "hint" }, t("note.hint"));
  const yes = await ask({ title: t("note.title"), body: [label, field, hint], confirm: t("action.save") });
  return yes ? field.value : null;
}
