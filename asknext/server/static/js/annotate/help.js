/** The list of all keys. */

import { ask } from "../components/dialogs.js";
import { h, keycap } from "../dom.js";
import { t } from "../i18n.js";
import { COMMANDS } from "../keys.js";

/** @typedef {import("../keys.js").Command} Command */

const ORDER = /** @type {const} */ ([
  "skip", "unsure", "flag", "note", "undo", "suggestion", "guidelines", "why", "help",
]);

/** @param {[string, string][]} own keys of the form, and what they do */
export async function showHelp(own) {
  const rows = own.flatMap(([key, words]) => row(key, words));
  const commands = ORDER.flatMap((name) => row(COMMANDS[name], t(`help.${name}`)));
  const list = h("dl", { class: "key-list" }, ...commands, ...row("Esc", t("help.escape")));
  const ownList = h("dl", { class: "key-list" }, ...rows);
  const body = h(
    "div",
    { class: "help-body", tabindex: 0, role: "region", "aria-label": t("help.title"), "data-first": true },
    h("h3", {}, t("annotate.answer")),
    ownList,
    h("h3", {}, t("help.commands")),
    list,
  );
  await ask({ title: t("help.title"), body: [body] });
}

/** @param {string} key @param {string} words */
const row = (key, words) => [h("dt", {}, keycap(key), h("span", { class: "only-heard" }, key)), h("dd", { dir: "auto" }, words)];
