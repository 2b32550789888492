/** Take the labels and the model away: by button, by command, by program. */

import { labelsAddress, modelAddress, standardAddress } from "../api.js";
import { announce } from "../components/notice.js";
import { h, icon, put } from "../dom.js";
import { t } from "../i18n.js";

const FORMATS = /** @type {const} */ (["csv", "jsonl", "parquet", "datasets", "label-studio"]);

/**
 * Offer the labels and what serves. A fine-tuned model can be taken by itself while one serves.
 *
 * @param {string} project
 * @returns {{card: HTMLElement, show: (serving: string) => void}} `serving` is the run that serves, empty for none
 */
export function exportCard(project) {
  const link = (/** @type {string} */ format, address = labelsAddress(project, format), picture = "download") =>
    h("a", { class: "button", href: address, download: "", "data-format": format }, icon(picture), t(`format.${format}`));
  const standard = h("div", { class: "exports" });
  const show = (/** @type {string} */ serving) => {
    if (standard.dataset.serving === serving) return;
    standard.dataset.serving = serving;
    const none = h("p", { class: "hint" }, t("export.no-standard"));
    put(standard, serving ? link("huggingface", standardAddress(project), "spark") : none);
  };
  show("");
  const card = h(
    "section",
    { class: "card" },
    h("h2", {}, t("export.title")),
    h("p", { class: "hint" }, t("export.hint")),
    h("div", { class: "exports" }, ...FORMATS.map((format) => link(format))),
    h("div", { class: "exports" }, link("model", modelAddress(project), "spark")),
    standard,
  );
  return { card, show };
}

/** @param {string} project @returns {HTMLElement} */
export function commandsCard(project) {
  const commands = [
    ["commands.export", `asknext export ${project} labels.csv`],
    ["commands.model", `asknext export ${project} my-model --model`],
    ["commands.predict", "asknext predict my-model texts.csv"],
    ["commands.huggingface", `asknext export ${project} my-hf-model --hf`],
    ["commands.onnx", `asknext export ${project} my-graph --onnx`],
    ["commands.report", `asknext report ${project} --html report.html`],
  ];
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t("commands.title")),
    ...commands.map(([words = "", command = ""]) => copyable(t(words), command)),
  );
}

/** @param {string} words @param {string} command @returns {HTMLElement} */
export function copyable(words, command) {
  const button = h("button", { type: "button", class: "quiet", "aria-label": t("commands.copy", { command }) }, icon("copy"));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command);
    put(button, icon("check"));
    announce(t("commands.copied"));
    setTimeout(() => put(button, icon("copy")), 1500);
  });
  const code = h("pre", { tabindex: 0, role: "region", "aria-label": words }, h("code", {}, command));
  return h("div", { class: "copyable" }, h("p", { class: "hint" }, words), h("div", { class: "copy-row" }, code, button));
}
