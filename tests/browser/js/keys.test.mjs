import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS, commandOf, keyOf, labelKeys, matching } from "../../../asknext/server/static/js/keys.js";

const names = (n) => Array.from({ length: n }, (_, i) => `label ${i}`);

test("the first ten labels get 1 to 9, then 0", () => {
  assert.deepEqual(labelKeys(names(10)), [..."1234567890"]);
});

test("further labels get the first free letter of their own name, then any free letter", () => {
  const keys = labelKeys([...names(10), "Skip it", "weather", "差评", "好评"]);
  assert.deepEqual(keys.slice(10), ["k", "e", "a", "b"]); // s and w belong to commands
});

test("no key is given twice, none belongs to a command, and the rest have none", () => {
  const keys = labelKeys(names(60));
  const given = keys.filter((key) => key !== null);
  assert.equal(new Set(given).size, given.length);
  assert.deepEqual(given.filter((key) => Object.values(COMMANDS).includes(key)), []);
  assert.equal(given.length, 10 + 26 - 8); // eight commands are letters
  assert.equal(keys.at(-1), null);
});

test("keys are read whatever the script of the keyboard", () => {
  assert.equal(keyOf({ key: "S" }), "s");
  assert.equal(keyOf({ key: "ы", code: "KeyS" }), "s");
  assert.equal(keyOf({ key: "1", code: "Numpad1" }), "1");
  assert.equal(keyOf({ key: "\uff1f", code: "Slash" }), "?");
  assert.equal(keyOf({ key: "Enter" }), "Enter");
});

test("shortcuts of the browser are left alone", () => {
  assert.equal(keyOf({ key: "f", ctrlKey: true }), null);
  assert.equal(keyOf({ key: "f", metaKey: true }), null);
  assert.equal(keyOf({ key: "f", altKey: true }), null);
});

test("a key stands for a command, or for none", () => {
  assert.equal(commandOf("z"), "undo");
  assert.equal(commandOf("F1"), "help");
  assert.equal(commandOf("!"), "flag");
  assert.equal(commandOf("9"), null);
  assert.equal(commandOf("toString"), null);
});

test("letters that a form needs for itself are not given to labels", () => {
  const keys = labelKeys([...names(10), "ox", "pox"], "o");
  assert.deepEqual(keys.slice(10), ["x", "p"]);
});

test("typing finds labels: those that start with it first", () => {
  const labels = ["card fee", "Fee refund", "transfer", "费用", "late fee"];
  assert.deepEqual(matching(labels, "FEE"), [1, 0, 4]);
  assert.deepEqual(matching(labels, "费"), [3]);
  assert.deepEqual(matching(labels, " "), [0, 1, 2, 3, 4]);
  assert.deepEqual(matching(labels, "none"), []);
});
