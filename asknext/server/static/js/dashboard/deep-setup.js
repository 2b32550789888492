/** Switch the language model on and off: its base, and how often it is trained. */

/** @import {Project} from "../types.js" */

import { changeProject } from "../api.js";
import { choice, field } from "../components/fields.js";
import { errorBox } from "../components/notice.js";
import { h, icon, put } from "../dom.js";
import { t } from "../i18n.js";
import { copyable } from "./take-away.js";

const EVERY = 50; // new labels between two trainings, where nothing was said

/**
 * @param {Project} project
 * @param {(project: Project) => void} onChange with the project as it is now
 * @returns {HTMLElement}
 */
export function deepSetup({ settings, form }, onChange) {
  const { name, deep } = settings;
  const on = Object.keys(deep).length > 0;
  const writes = form.kind === "write";
  const start = deep.base ?? (writes || on ? "" : "minilm");
  const base = h("input", { class: "field", value: start, maxlength: 500, spellcheck: "false", autocomplete: "off" });
  const every = h("input", { class: "field short", type: "number", min: 0, step: 1, value: deep.every ?? EVERY });
  const kinds = /** @type {[string, string][]} */ (["seq2seq", "causal"].map((kind) => [kind, t(`deep.model-${kind}`)]));
  const model = choice(kinds, deep.model ?? "seq2seq");
  const result = h("div", { class: "result" });
  const save = async (/** @type {Record<string, unknown>} */ changed) => {
    try {
      onChange(await changeProject(name, { deep: changed }));
    } catch (error) {
      put(result, errorBox(error));
    }
  };
  const body = h(
    "form",
    { class: "settings-form" },
    field("deep-base", t("deep.base"), base, t(writes ? "deep.base-hint-write" : "deep.base-hint")),
    writes ? field("deep-model", t("deep.model"), model) : null,
    field("deep-every", t("deep.every"), every, t("deep.every-hint")),
    result,
    h(
      "div",
      { class: "deep-buttons" },
      h("button", { type: "submit", class: on ? "button" : "button primary" }, t(on ? "action.save" : "deep.on")),
      on ? h("button", { type: "button", class: "button danger-quiet", onclick: () => void save({}) }, t("deep.off")) : null,
    ),
  );
  body.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = base.value.trim();
    if (!given) {
      put(result, h("p", { class: "box bad", role: "alert" }, icon("alert"), t("deep.missing-base")));
      base.focus();
      return;
    }
    const times = Math.max(0, Math.round(Number(every.value)) || 0);
    void save({ ...deep, ...(writes ? { model: model.value } : {}), base: given, every: times });
  });
  if (on) return h("details", { class: "settings" }, h("summary", {}, icon("settings"), t("deep.setup")), body);
  const command = writes ? null : copyable(t("deep.command"), `asknext train ${name} --base minilm`);
  return h("div", { class: "deep-start" }, h("p", {}, t("deep.lead")), body, command);
}
