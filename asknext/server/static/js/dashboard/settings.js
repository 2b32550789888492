/** Change a project's settings, add labels, delete it. */

/** @import {Project} from "../types.js" */

import { changeProject, deleteProject } from "../api.js";
import { ChipEditor } from "../components/chip-editor.js";
import { ask } from "../components/dialogs.js";
import { field } from "../components/fields.js";
import { errorBox } from "../components/notice.js";
import { SettingsFields } from "../components/settings-fields.js";
import { h, icon, put } from "../dom.js";
import { t } from "../i18n.js";

/** @param {Project} project @param {() => void} onSaved @returns {HTMLElement} */
export function settingsCard({ settings }, onSaved) {
  const fields = new SettingsFields(settings, settings.task.kind);
  const title = h("input", { class: "field", value: settings.title || settings.name, maxlength: 120, dir: "auto" });
  const chips = new ChipEditor();
  const labels = settings.task.labels ?? [];
  chips.start(labels);
  const result = h("div", { class: "result" });
  const form = h(
    "form",
    { class: "settings-form" },
    field("title-field", t("new.title-label"), title),
    settings.task.labels ? h("fieldset", {}, h("legend", {}, t("labels.title")), chips) : null,
    ...fields.rows,
    result,
    h("button", { type: "submit", class: "button primary" }, t("action.save")),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const changes = { title: title.value.trim(), ...fields.read() };
      await changeProject(settings.name, withLabels(changes, labels, chips.labels));
      put(result, h("p", { class: "box calm", role: "status" }, icon("check"), t("settings.saved")));
      onSaved();
    } catch (error) {
      put(result, errorBox(error));
    }
  });
  const remove = h("button", { type: "button", class: "button danger-quiet" }, icon("trash"), t("settings.delete"));
  remove.addEventListener("click", () => void confirmDelete(settings.name, result));
  const summary = h("summary", {}, icon("settings"), t("settings.title"));
  return h("details", { class: "card settings" }, summary, form, h("div", { class: "danger-zone" }, remove));
}

/**
 * Leave the labels out where none was added: a project may only gain labels.
 *
 * @param {Record<string, unknown>} changes
 * @param {string[]} old
 * @param {string[]} now
 */
const withLabels = (changes, old, now) => (now.length > old.length ? { ...changes, labels: now } : changes);

/** @param {string} name @param {HTMLElement} result */
async function confirmDelete(name, result) {
  const box = h("input", { class: "field", id: "delete-field", autocomplete: "off" });
  const label = h("label", { for: "delete-field" }, t("settings.delete-type", { name }));
  const body = [h("p", {}, t("settings.delete-hint")), label, box];
  const yes = await ask({ title: t("settings.delete"), body, confirm: t("settings.delete"), danger: true });
  if (!yes || box.value.trim() !== name) return;
  try {
    await deleteProject(name);
    location.assign("/");
  } catch (error) {
    put(result, errorBox(error));
  }
}
