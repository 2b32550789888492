/** said.js as a page in some language loads it, with the files of the catalogue instead of a server. */

import { readFile } from "node:fs/promises";

const STATIC = new URL("../../asknext/server", import.meta.url);

/** @param {"en" | "zh"} language @returns {Promise<typeof import("../../asknext/server/static/js/said.js")>} */
export async function reader(language) {
  const page = {
    location: { search: `?lang=${language}` },
    document: { documentElement: { lang: "" } },
    localStorage: { getItem: () => null, setItem: () => {} },
    fetch: async (/** @type {string} */ path) => new Response(await readFile(STATIC.pathname + path)),
  };
  for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true });
  return import("../../asknext/server/static/js/said.js");
}
