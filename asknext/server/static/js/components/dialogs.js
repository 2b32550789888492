/** Modal dialogs: the browser's own <dialog>, which keeps focus inside and closes on Escape. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

/**
 * Show a dialog with a form; resolves with true when it was confirmed.
 *
 * @param {{title: string, body: (Node | string)[], confirm?: string, danger?: boolean}} content
 * @returns {Promise<boolean>}
 */
export function ask({ title, body, confirm, danger = false }) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const close = h(
    "button",
    { type: "submit", value: "close", class: "quiet square", "aria-label": t("action.close"), formnovalidate: true },
    icon("close"),
  );
  const buttons = h(
    "div",
    { class: "dialog-buttons" },
    h("button", { type: "submit", value: "close", class: "button", formnovalidate: true }, t("action.cancel")),
    h("button", { type: "submit", value: "yes", class: danger ? "button danger" : "button primary" }, confirm ?? ""),
  );
  const form = h("form", { method: "dialog" }, h("div", { class: "dialog-head" }, heading, close), ...body);
  if (confirm) form.append(buttons);
  return shown(h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, form));
}

/** @param {HTMLDialogElement} dialog @returns {Promise<boolean>} */
function shown(dialog) {
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    // Enter in a text field must confirm, not press the first button of the form, which closes.
    dialog.addEventListener("keydown", (event) => {
      const plain = event.key === "Enter" && !event.isComposing && !event.shiftKey;
      const writing = event.target instanceof HTMLInputElement;
      if (!plain || !writing) return;
      event.preventDefault();
      /** @type {HTMLButtonElement | null} */ (dialog.querySelector("button[value=yes]"))?.click();
    });
    document.body.append(dialog);
    dialog.showModal();
    const first = dialog.querySelector("[data-first], input, textarea");
    if (first instanceof HTMLElement) first.focus();
  });
}
