/** The list of all keys. */

import { ask } from "../components/dialogs.js";
import { h, keycap } from "../dom.js";
import { t } from "../i18n.js";
import { COMMANDS } from "../keys.js";

/** @typedef {import("../keys.js").Command} Command */

const ORDER = /** @type {const} */ ([
  "accept", "skip", "unsure", "flag", "note", "undo", "suggestion", "guidelines", "why", "filter", "help",
]);

/** @param {readonly string[]} labels @param {readonly (string | null)[]} keys */
export async function showHelp(labels, keys) {
  const rows = labels.flatMap((label, place) => row(keys[place] ?? null, label));
  const commands = ORDER.flatMap((name) => row(COMMANDS[name], t(`help.${name}`)));
  const list = h("dl", { class: "key-list" }, ...commands, ...row("Esc", t("help.escape")));
  const labelList = h("dl", { class: "key-list" }, ...rows);
  const body = h(
    "div",
    { class: "help-body", tabindex: 0, role: "region", "aria-label": t("help.title"), "data-first": true },
    h("p", {}, t("help.intro")),
    h("h3", {}, t("annotate.labels")),
    labelList,
    h("h3", {}, t("help.commands")),
    list,
  );
  await ask({ title: t("help.title"), body: [body] });
}

/** @param {string | null} key @param {string} words */
const row = (key, words) =>
  key ? [h("dt", {}, keycap(key), h("span", { class: "only-heard" }, key)), h("dd", { dir: "auto" }, words)] : [];
