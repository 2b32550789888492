import assert from "node:assert/strict";
import { test } from "node:test";
import { UNMARKED, fromAnswer, marked, narrowed, standing, toAnswer, unmarked } from "../../../asknext/server/static/js/spans/marks.js";
import { moved, nudged } from "../../../asknext/server/static/js/spans/moving.js";
import { Points } from "../../../asknext/server/static/js/spans/points.js";
import { Segments } from "../../../asknext/server/static/js/spans/segments.js";

const FAMILY = "👨‍👩‍👧"; // five points, eight units, one character
const TEXTS = [
  "",
  "plain words",
  `a ${FAMILY} b 😀😀`,
  "e\u0301te\u0301 n\u0303",
  "שלום עולם, مرحبا بالعالم",
  "小明在北京大学读书。🇨🇳很好",
  "\ud800 alone \udc00",
  "tab\tand\r\nbreak",
];

/** Code points as the store counts them. */
const codePoints = (text) => [...text];

for (const text of TEXTS) {
  test(`points and units agree in ${JSON.stringify(text)}`, () => {
    const points = new Points(text);
    const all = codePoints(text);
    assert.equal(points.size, all.length);
    let unit = 0;
    all.forEach((point, place) => {
      assert.equal(points.unit(place), unit);
      for (let k = 0; k < point.length; k++) assert.equal(points.point(unit + k), place);
      unit += point.length;
      for (let end = place; end <= all.length; end++) {
        assert.equal(points.slice(place, end), all.slice(place, end).join(""));
      }
    });
    assert.equal(points.point(text.length), all.length);
    assert.equal(points.unit(all.length), text.length);
  });
}

const segmentsOf = (text) => new Segments(new Points(text));
const cut = (text, pieces) => pieces.map(({ start, end }) => codePoints(text).slice(start, end).join(""));

test("characters are what people see as one", () => {
  const text = `e\u0301${FAMILY}🇨🇳x`;
  assert.deepEqual(cut(text, segmentsOf(text).characters), ["e\u0301", FAMILY, "🇨🇳", "x"]);
});

test("words leave blanks and punctuation out, keep emoji, and know Chinese", () => {
  const text = `Ann, ${FAMILY} in 北京大学!`;
  const words = cut(text, segmentsOf(text).words);
  assert.deepEqual(words.slice(0, 3), ["Ann", FAMILY, "in"]);
  assert.equal(words.slice(3).join(""), "北京大学");
});

test("a range is widened to whole characters and loses the blanks at its ends", () => {
  const text = ` ${FAMILY} ok `;
  const segments = segmentsOf(text);
  assert.deepEqual(segments.whole({ start: 3, end: 4 }), { start: 1, end: 6 });
  assert.deepEqual(segments.whole({ start: 0, end: 10 }), { start: 1, end: 9 });
  assert.equal(segments.whole({ start: 0, end: 1 }), null);
});

const go = (text, chosen, ...moves) => {
  const segments = segmentsOf(text);
  let now = chosen;
  for (const [by, way, extend = false] of moves) now = moved(now, { by, way, extend }, segments);
  return now && codePoints(text).slice(now.start, now.end).join("");
};

test("arrows go from word to word, also from the end, and stay at the edge", () => {
  const text = "one two three";
  assert.equal(go(text, null, ["word", 1]), "one");
  assert.equal(go(text, null, ["word", -1]), "three");
  assert.equal(go(text, null, ["word", 1], ["word", 1], ["word", 1], ["word", 1]), "three");
  assert.equal(go(text, null, ["word", 1], ["word", -1]), "one");
  assert.equal(go("", null, ["word", 1]), null);
});

test("extending grows, shrinks and turns round by word", () => {
  const text = "one two three four";
  const right = ["word", 1, true];
  const left = ["word", -1, true];
  const two = [["word", 1], ["word", 1]];
  assert.equal(go(text, null, ...two, right), "two three");
  assert.equal(go(text, null, ...two, right, left), "two");
  assert.equal(go(text, null, ...two, left), "one two");
  assert.equal(go(text, null, ...two, left, right), "two");
  assert.equal(go(text, null, ...two, right, right, right), "two three four");
});

test("extending by character cuts a piece of a word", () => {
  const back = ["character", -1, true];
  assert.equal(go("in Berliner", null, ["word", 1], ["word", 1], back, back), "Berlin");
  assert.equal(go(`x${FAMILY}y`, { start: 0, end: 1, tail: 1 }, ["character", 1, true]), `x${FAMILY}`);
});

test("moving by character enters a word, then goes on one by one", () => {
  const on = ["character", 1];
  assert.equal(go("ab cd", null, ["word", 1], on), "a");
  assert.equal(go("ab cd", null, ["word", 1], on, on), "b");
  assert.equal(go("ab cd", null, ["word", -1], ["character", -1]), "d");
});

test("sentences and the ends of the text are reached", () => {
  const text = "One here. Two there! Three.";
  assert.equal(go(text, null, ["sentence", 1], ["sentence", 1]), "Two");
  assert.equal(go(text, null, ["text", 1]), "Three");
  assert.equal(go(text, null, ["text", 1], ["sentence", -1]), "Two");
  assert.equal(go(text, null, ["text", -1], ["text", 1, true]), "One here. Two there! Three");
});

test("an edge is nudged by whole characters and never past the other", () => {
  const { characters } = segmentsOf(`a${FAMILY}b`);
  assert.deepEqual(nudged({ start: 0, end: 1 }, "end", 1, characters), { start: 0, end: 6 });
  assert.deepEqual(nudged({ start: 0, end: 1 }, "end", -1, characters), { start: 0, end: 1 });
  assert.deepEqual(nudged({ start: 6, end: 7 }, "end", 1, characters), { start: 6, end: 7 });
  assert.deepEqual(nudged({ start: 6, end: 7 }, "start", -1, characters), { start: 1, end: 7 });
});

const mark = (start, end, label) => ({ start, end, label });
const SUGGESTED = [mark(0, 3, "PER"), mark(10, 14, "LOC")];

test("a new mark replaces what it touches, suggested marks too, and they do not come back", () => {
  let marking = marked(UNMARKED, mark(2, 6, "ORG"), SUGGESTED);
  assert.deepEqual(toAnswer(marking, SUGGESTED), [mark(2, 6, "ORG"), mark(10, 14, "LOC")]);
  marking = marked(marking, mark(5, 8, "LOC"), SUGGESTED);
  assert.deepEqual(toAnswer(marking, SUGGESTED), [mark(5, 8, "LOC"), mark(10, 14, "LOC")]);
  marking = unmarked(marking, mark(5, 8, "LOC"));
  assert.deepEqual(toAnswer(marking, SUGGESTED), [mark(10, 14, "LOC")]);
});

test("a suggested mark is taken away; hidden suggestions are not part of the answer", () => {
  const marking = unmarked(UNMARKED, SUGGESTED[0]);
  assert.deepEqual(standing(marking, SUGGESTED), [SUGGESTED[1]]);
  assert.deepEqual(toAnswer(UNMARKED, []), []);
  assert.deepEqual(toAnswer(UNMARKED, SUGGESTED), SUGGESTED);
});

test("a part is judged: the rest has no label, and marks of the person outside stay", () => {
  const one = marked(UNMARKED, mark(18, 20, "ORG"), SUGGESTED);
  const marking = narrowed(one, { start: 5, end: 12 }, SUGGESTED, 25);
  assert.deepEqual(toAnswer(marking, SUGGESTED), [
    mark(0, 5, null),
    mark(10, 14, "LOC"),
    mark(14, 18, null),
    mark(18, 20, "ORG"),
    mark(20, 25, null),
  ]);
  const more = marked(marking, mark(3, 6, "PER"), SUGGESTED);
  assert.deepEqual(toAnswer(more, SUGGESTED).slice(0, 2), [mark(0, 3, null), mark(3, 6, "PER")]);
});

test("an answer is read back as it was, whatever is suggested now", () => {
  const answer = [mark(0, 2, null), mark(2, 5, "PER"), mark(5, 9, null)];
  assert.deepEqual(toAnswer(fromAnswer(answer, SUGGESTED), SUGGESTED), answer);
  assert.deepEqual(toAnswer(fromAnswer([], SUGGESTED), SUGGESTED), []);
});
