/** Say each sentence of a JSON list from standard input as a page does: `node say.mjs zh`. */

import { readFileSync } from "node:fs";
import { reader } from "./reader.mjs";

const { said } = await reader(process.argv[2] === "en" ? "en" : "zh");
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(said)));
