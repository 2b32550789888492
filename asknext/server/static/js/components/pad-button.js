/** The buttons below a form: done, reset, remove … each with its key. */

import { h, icon, keycap, put } from "../dom.js";

/**
 * @param {{name: string, words: string, key: string, drawing?: string, primary?: boolean, onclick: () => void}} parts
 *     `name` is for style and tests; `key` may be empty
 * @returns {HTMLButtonElement}
 */
export function padButton({ name, words, key, drawing, primary = false, onclick }) {
  const shortcut = key.replaceAll(" ", "").replace("⇧", "Shift+").replace("Ctrl", "Control") || null;
  return h(
    "button",
    {
      type: "button",
      class: primary ? "button primary pad-button" : "button pad-button",
      "data-pad": name,
      "aria-keyshortcuts": shortcut,
      onclick,
    },
    drawing ? icon(drawing) : null,
    h("span", { class: "pad-words" }, words),
    key ? keycap(key) : null,
  );
}

/** @param {HTMLButtonElement} button @param {string} words */
export const reword = (button, words) => put(/** @type {Element} */ (button.querySelector(".pad-words")), words);
