import assert from "node:assert/strict";
import { test } from "node:test";
import { orderOf } from "../../../asknext/server/static/js/order.js";
import { isOn, kept, onStep, stepped, typedNumber } from "../../../asknext/server/static/js/scale.js";
import { difference, parts } from "../../../asknext/server/static/js/write/difference.js";

test("the order of a pair is drawn by chance for each question and each person, and stays", () => {
  const ids = Array.from({ length: 4000 }, (_, i) => `q${i}`);
  const first = ids.filter((id) => orderOf(id, "ann")[0] === "a");
  assert.ok(Math.abs(first.length - 2000) < 200, String(first.length));
  const alike = ids.filter((id) => orderOf(id, "ann")[0] === orderOf(id, "bo")[0]);
  assert.ok(Math.abs(alike.length - 2000) < 200, String(alike.length));
  assert.deepEqual(ids.map((id) => orderOf(id)), ids.map((id) => orderOf(id)));
  const next = ids.filter((id, i) => i && orderOf(id, "ann")[0] === orderOf(ids[i - 1], "ann")[0]);
  assert.ok(Math.abs(next.length - 2000) < 200, String(next.length));
});

test("a slider steps without dust and stays on the scale", () => {
  const scale = { low: 0, high: 1, step: 0.1 };
  assert.equal(stepped(scale, 0.2, 1), 0.3);
  assert.equal(stepped(scale, 0.25, 1), 0.3);
  assert.equal(stepped(scale, 0.25, -1), 0.2);
  assert.equal(stepped(scale, 0.9, 10), 1);
  assert.equal(stepped({ low: 1, high: 5, step: 0.5 }, 3, -10), 1);
  assert.equal(onStep(scale, 0.3421), 0.3);
  assert.equal(kept({ low: -3, high: 3, step: 0.01 }, -7), -3);
});

test("typed numbers are read as people write them", () => {
  assert.equal(typedNumber(" 3,5 "), 3.5);
  assert.equal(typedNumber("３．５"), 3.5);
  assert.equal(typedNumber("−2"), -2);
  assert.equal(typedNumber(".5"), 0.5);
  for (const none of ["", "abc", "1.2.3", "--1", "1 2"]) assert.ok(Number.isNaN(typedNumber(none)), none);
  assert.ok(isOn({ low: 1, high: 5, step: 1 }, 5));
  assert.ok(!isOn({ low: 1, high: 5, step: 1 }, NaN));
});

test("words, Chinese characters and whole emoji are the parts that are compared", () => {
  assert.deepEqual(parts("It’s 9 o'clock."), ["It’s", " ", "9", " ", "o'clock", "."]);
  assert.deepEqual(parts("好的ok吗"), ["好", "的", "ok", "吗"]);
  assert.deepEqual(parts("a👨‍👩‍👧b"), ["a", "👨‍👩‍👧", "b"]);
});

const told = (before, after) => difference(before, after).map(({ kind, text }) => `${{ same: "=", gone: "-", new: "+" }[kind]}${text}`);

test("a difference says what went and what came", () => {
  assert.deepEqual(told("the red car", "the blue car"), ["=the ", "-red", "+blue", "= car"]);
  assert.deepEqual(told("我在北京", "我在上海"), ["=我在", "-北京", "+上海"]);
  assert.deepEqual(told("same", "same"), ["=same"]);
  assert.deepEqual(told("", "new"), ["+new"]);
  assert.deepEqual(told("old", ""), ["-old"]);
  assert.deepEqual(told("", ""), []);
});

/** Length of the longest common run, by the definition. */
function longest(a, b) {
  if (!a.length || !b.length) return 0;
  if (a[0] === b[0]) return 1 + longest(a.slice(1), b.slice(1));
  return Math.max(longest(a.slice(1), b), longest(a, b.slice(1)));
}

test("both texts can be put together again, and no longer part is common", () => {
  let state = 7;
  const draw = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % n;
  const sentence = () => Array.from({ length: draw(7) }, () => "好天京。"[draw(4)]).join("");
  for (let i = 0; i < 300; i++) {
    const [before, after] = [sentence(), sentence()];
    const changes = difference(before, after);
    const join = (kind) => changes.filter((c) => c.kind === "same" || c.kind === kind).map((c) => c.text).join("");
    assert.equal(join("gone"), before);
    assert.equal(join("new"), after);
    const same = changes.filter((change) => change.kind === "same").map((change) => change.text).join("");
    assert.equal(same.length, longest([...before], [...after]), `${before}|${after}`);
  }
});

test("what is too large to compare counts as rewritten", () => {
  const words = (stem) => Array.from({ length: 2500 }, (_, i) => `${stem}${i}`).join(" ");
  const changes = difference(`begin ${words("a")} end`, `begin ${words("b")} end`);
  assert.deepEqual(changes.map((c) => c.kind), ["same", "gone", "new", "same"]);
});
