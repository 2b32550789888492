import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SENTENCES } from "../../../asknext/server/static/js/sentences.js";
import { reader } from "../reader.mjs";

const { said, understood } = await reader("zh");
const PLACES = { rest: "drawn at random", a: "差评", b: "好 : 评", c: "x" };

/** A sentence of the table with something in each of its places. */
const example = (/** @type {string} */ sentence) => sentence.replace(/\{(\w+)\}/g, (_, name) => PLACES[name] ?? "3");

test("each sentence of the table is known, and says what stands in its places", () => {
  const catalogue = JSON.parse(readFileSync(new URL("../../../asknext/server/static/i18n/zh.json", import.meta.url), "utf-8"));
  for (const [key, sentence] of SENTENCES) {
    const wanted = catalogue[`said.${key}`].replace(/\{(\w+)\}/g, (_, /** @type {string} */ name) =>
      name === "rest" ? "随机抽取。" : (PLACES[name] ?? "3"),
    );
    assert.equal(said(example(sentence)), wanted, key);
  }
});

test("numbers are read however they are written", () => {
  assert.equal(said("makes other predictions surer: variance −1.2e+02 on average"), "使其他预测更可靠：方差平均降低 1.2e+02。");
  assert.equal(said("the farthest of 1,234 examples that have no answer near"), "附近没有答案的 1,234 条文本中最远的一条。");
  assert.equal(understood("the farthest of many examples that have no answer near"), null);
});

test("phases, wrappers and what they follow are said together", () => {
  assert.equal(said("sharpening the model: drawn by chance: drawn at random (cost 3)"), "正在打磨模型。按概率抽取：随机抽取。（成本 3）");
  assert.equal(said("mixture(margin, random): the model wavers between two answers"), "mixture(margin, random)：模型在两个答案之间拿不定主意。");
  assert.equal(said("contains “a: b”: drawn at random, and many others are like it"), "包含“a: b”：随机抽取。而且有许多文本与它相似。");
});

test("an unknown sentence stays whole, also behind a known beginning", () => {
  for (const own of ["my own reason", "drawn by chance: my own reason", "margin: my own reason"]) {
    assert.equal(understood(own), null);
    assert.equal(said(own), own);
  }
});
