import assert from "node:assert/strict";
import { test } from "node:test";
import { deepReader } from "../reader.mjs";

const { comparison, nextWords } = await deepReader("en");
const figures = { quality: { estimate: 0.47 }, serving: { estimate: 0.43 }, difference: [0.04, -0.03, 0.11], n: 100 };

test("a first model that is not clearly better is not called worse", () => {
  const said = (state, rule) => comparison({ state, result: { ...figures, rule } });
  assert.match(said("refused", "better"), /not clearly better \(difference \+4/);
  assert.match(said("promoted", "better"), /clearly better.*serves by itself/);
  assert.match(said("refused", "holdout"), /: worse \(difference/);
  assert.match(said("promoted", "control"), /: not worse \(difference/);
});

test("the next training is said in the labels that are missing", () => {
  assert.match(nextWords({ next: 200 }, { labelled: 120 }), /after 80 more labels/);
  assert.match(nextWords({ next: 80 }, { labelled: 80 }), /soon/);
  assert.match(nextWords({ next: null }, { labelled: 120 }), /only when you ask/);
});
