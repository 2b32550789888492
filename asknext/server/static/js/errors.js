/** Errors of the server in the reader's language. They come in English; i18n/errors/<language>.json knows them. */

import { language, t } from "./i18n.js";

/** @typedef {{pattern: RegExp, words: string, fixed: number}} Known an English sentence, and what it is called here */

const PLACE = /\{([a-h])\}/;

/** @type {Record<string, string>} */
const catalogue = language === "en" ? {} : await (await fetch(`/static/i18n/errors/${language}.json`)).json();

/** @type {Known[]} the more particular ones first */
const KNOWN = Object.entries(catalogue)
  .map(([english, words]) => ({ pattern: patternOf(english), words, fixed: english.replace(/\{[a-h]\}/g, "").length }))
  .sort((one, other) => other.fixed - one.fixed);

/** @param {string} english with places such as `{a}`, which stand for any words @returns {RegExp} */
function patternOf(english) {
  const parts = english.split(PLACE).map((part, i) => {
    if (i % 2 === 1) return `(?<${part}>.*)`;
    return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}

/**
 * @param {string} message
 * @returns {string | null} in the reader's language; null where it is not known
 */
export function translated(message) {
  for (const { pattern, words } of KNOWN) {
    const found = pattern.exec(message);
    if (!found) continue;
    const values = found.groups ?? {};
    // What stands in a place may be a sentence of its own, such as what is allowed.
    return words.replace(new RegExp(PLACE, "g"), (_, name) => translated(values[name] ?? "") ?? values[name] ?? "");
  }
  return null;
}

/** @param {string} message of the server @returns {string} for people; one that is not known says that it is English */
export function saidError(message) {
  if (language === "en" || !message) return message;
  return translated(message) ?? t("error.in-english", { message });
}

/** @param {string} part of an error, such as what is allowed @returns {string} */
export const saidPartOfError = (part) => translated(part) ?? part;
