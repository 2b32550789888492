/** Words in the reader's language; every visible string comes from static/i18n/*.json. */

import { remember, remembered } from "./prefs.js";

export const LANGUAGES = /** @type {const} */ (["en", "zh"]);

/** @typedef {"en" | "zh"} Language */

/** @returns {Language} what the address, then the memory, then the browser says */
function wanted() {
  const asked = new URLSearchParams(location.search).get("lang");
  const known = (/** @type {string | null} */ code) =>
    LANGUAGES.find((language) => code?.toLowerCase().startsWith(language));
  const fromAddress = known(asked);
  if (fromAddress) remember("language", fromAddress);
  return fromAddress ?? known(remembered("language")) ?? known(navigator.language) ?? "en";
}

/** @type {Language} */
export const language = wanted();
const locale = language === "zh" ? "zh-CN" : "en";
document.documentElement.lang = locale;

/** @type {Record<string, string>} */
const catalogue = await (await fetch(`/static/i18n/${language}.json`)).json();
const plural = new Intl.PluralRules(locale);

/**
 * Say a key of the catalogue. `{name}` is replaced by a value, numbers in the reader's way; where
 * `count` is given, `key.one` or `key.other` is looked up by the rules of the language.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const { count } = values;
  const form = typeof count === "number" ? catalogue[`${key}.${plural.select(count)}`] : undefined;
  const text = form ?? catalogue[key] ?? catalogue[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === "number" ? number(value) : (value ?? whole);
  });
}

/** @param {string} key @returns {boolean} */
export const has = (key) => key in catalogue;

/** @param {number} value @returns {string} */
export const number = (value) => new Intl.NumberFormat(locale).format(value + 0); // -0 is 0

/** @param {number} share 0 to 1 @returns {string} */
export const percent = (share) =>
  new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(share);

/** @param {number} share @returns {string} with a digit after the point, for what lies close together */
export const finePercent = (share) =>
  new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(share);

/** @param {number} share @returns {string} with its sign */
export const signedPercent = (share) =>
  new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" }).format(share);

/** @param {number | string} when seconds since 1970, or ISO 8601 @returns {string} */
export function day(when) {
  const date = new Date(typeof when === "number" ? when * 1000 : when);
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(date);
}

/** @param {number | string} when seconds since 1970, or ISO 8601 @returns {string} */
export function hour(when) {
  const date = new Date(typeof when === "number" ? when * 1000 : when);
  return new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "short" }).format(date);
}

/** @param {number} seconds @returns {string} a span of time in its largest unit */
export function span(seconds) {
  const [value, unit] =
    seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  const shown = Math.max(1, Math.round(Number(value)));
  const options = { style: "unit", unit: String(unit), unitDisplay: "long" };
  return new Intl.NumberFormat(locale, /** @type {Intl.NumberFormatOptions} */ (options)).format(shown);
}

/** Show the page in the other language. */
export function switchLanguage() {
  remember("language", language === "en" ? "zh" : "en");
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  if (address.href === location.href) location.reload();
  else location.replace(address);
}
