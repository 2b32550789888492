/** Ask the annotator's name; answers are kept under it. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { annotator, remember } from "../prefs.js";
import { ask } from "./dialogs.js";

/** Show the dialog; a new name starts the page afresh, since it has questions of its own. */
export async function askName() {
  const field = h("input", { id: "name-field", class: "field", value: annotator(), maxlength: 64, required: true });
  const label = h("label", { for: "name-field" }, t("name.label"));
  const hint = h("p", { class: "hint" }, t("name.hint"));
  const yes = await ask({ title: t("name.title"), body: [label, field, hint], confirm: t("action.save") });
  const name = field.value.trim();
  if (!yes || !name || name === annotator()) return;
  remember("who", name);
  location.reload();
}
