/** Modules as a page in some language loads them, with the files of the catalogue instead of a server. */

import { readFile } from "node:fs/promises";

const STATIC = new URL("../../asknext/server", import.meta.url);

/** Make this process a page in a language. @param {"en" | "zh"} language */
function become(language) {
  const page = {
    location: { search: `?lang=${language}` },
    document: { documentElement: { lang: "" } },
    localStorage: { getItem: () => null, setItem: () => {} },
    fetch: async (/** @type {string} */ path) => new Response(await readFile(STATIC.pathname + path)),
  };
  for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });
}

/** @param {"en" | "zh"} language @returns {Promise<typeof import("../../asknext/server/static/js/said.js")>} */
export async function reader(language) {
  become(language);
  return import("../../asknext/server/static/js/said.js");
}

/** @param {"en" | "zh"} language @returns {Promise<typeof import("../../asknext/server/static/js/errors.js")>} */
export async function errorReader(language) {
  become(language);
  return import("../../asknext/server/static/js/errors.js");
}

/** @param {"en" | "zh"} language @returns {Promise<typeof import("../../asknext/server/static/js/dashboard/deep-words.js")>} */
export async function deepReader(language) {
  become(language);
  return import("../../asknext/server/static/js/dashboard/deep-words.js");
}
