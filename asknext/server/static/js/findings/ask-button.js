/** A button that has texts asked before all other questions, and says what came of it. */

/** @import {Project} from "../types.js" */

import { errorBox } from "../components/notice.js";
import { h, icon, put } from "../dom.js";
import { t } from "../i18n.js";

/**
 * @param {string} words
 * @param {(key: string) => Promise<HTMLElement[]>} ask wishes under a key; returns what to say
 * @param {HTMLElement} result where it is said
 * @param {string} [look]
 * @returns {HTMLButtonElement}
 */
export function askButton(words, ask, result, look = "button") {
  let key = crypto.randomUUID(); // stays the same until the server has heard of the wish
  const button = h("button", { class: `${look} ask`, type: "button" }, icon("undo"), words);
  button.addEventListener("click", async () => {
    button.disabled = true;
    put(result, h("p", {}, t("errors.asking")));
    try {
      put(result, ...(await ask(key)));
      key = crypto.randomUUID();
    } catch (error) {
      put(result, errorBox(error));
    }
    button.disabled = false;
    button.focus();
  });
  return button;
}

/** Say what comes next, and lead there. @param {string} words @param {Project} project @returns {HTMLElement[]} */
export function comesNext(words, project) {
  const go = h("a", { href: `/p/${encodeURIComponent(project.settings.name)}` }, t("errors.go"));
  return [h("p", { class: "box calm" }, h("span", {}, words, " ", go))];
}
