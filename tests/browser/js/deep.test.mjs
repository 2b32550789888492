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

test("the next training is foreseen as the settings have it", () => {
  const settings = { every: 50, first: 50, growth: 2 };
  const left = (labelled, last) => Number(/\d+/.exec(nextWords(settings, { labelled }, last))?.[0] ?? 0);
  assert.equal(left(20, undefined), 30);
  assert.equal(left(120, { answers: 100 }), 80);
  assert.equal(left(120, { answers: 30 }), 0); // soon: 80 were enough
});
