/** Things a page says: an error with a way out, a short message, words for a screen reader. */

import { ApiError } from "../api.js";
import { h, icon, put } from "../dom.js";
import { saidError } from "../errors.js";
import { t } from "../i18n.js";

/** @param {unknown} error @returns {string} a sentence for people */
export function sentence(error) {
  if (!(error instanceof ApiError)) return t("error.unexpected", { detail: String(error) });
  if (error.status === 0) return t("error.unreachable");
  if (error.status === 401) return t("error.unauthorized");
  return saidError(error.message);
}

/**
 * @param {unknown} error
 * @param {() => void} [retry]
 * @returns {HTMLElement}
 */
export function errorBox(error, retry) {
  const again = retry && h("button", { class: "button", type: "button", onclick: retry }, t("action.retry"));
  return h(
    "div",
    { class: "box bad", role: "alert" },
    icon("alert"),
    h("div", { class: "grow" }, h("p", {}, sentence(error)), again),
  );
}

const region = h("div", { class: "only-heard", role: "status", "aria-live": "polite" });

/** Say something to people who listen to the page. @param {string} text */
export function announce(text) {
  if (!region.isConnected) document.body.append(region);
  region.textContent = text;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let leaving;

/** Show a short message at the edge of the page for some seconds. @param {string} text */
export function toast(text) {
  const old = document.querySelector(".toast");
  const shown = old instanceof HTMLElement ? old : h("div", { class: "toast", role: "alert" });
  put(shown, icon("alert"), text);
  document.body.append(shown);
  clearTimeout(leaving);
  leaving = setTimeout(() => shown.remove(), 8_000);
}
