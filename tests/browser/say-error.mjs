/** Say each error of a JSON list from standard input as a page does: `node say-error.mjs zh`. */

import { readFileSync } from "node:fs";
import { errorReader } from "./reader.mjs";

const { saidError } = await errorReader(process.argv[2] === "en" ? "en" : "zh");
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(saidError)));
