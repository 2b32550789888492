import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerClock } from "../../../asknext/server/static/js/clock.js";
import { linesOf, slug, stem } from "../../../asknext/server/static/js/slug.js";

test("time while the clock is paused does not count", () => {
  let now = 0;
  const clock = new AnswerClock(() => now);
  clock.restart();
  now = 1500;
  clock.pause();
  now = 60_000;
  clock.pause();
  clock.resume();
  clock.resume();
  now = 60_730;
  assert.equal(clock.seconds, 2.23);
  clock.restart();
  assert.equal(clock.seconds, 0);
});

test("a title becomes a short name of letters, digits, - and _", () => {
  assert.equal(slug("Support tickets, 2026!"), "support-tickets-2026");
  assert.equal(slug("Café Übung_1"), "cafe-ubung_1");
  assert.equal(slug("酒店评论"), "project");
  assert.equal(slug("x".repeat(200)).length, 56);
  assert.equal(slug("  --  "), "project");
});

test("the stem of a file name", () => {
  assert.equal(stem("reviews.v2.csv"), "reviews.v2");
  assert.equal(stem("C:\\data\\hotel.parquet"), "hotel");
});

test("labels are taken one per line, trimmed, each once", () => {
  assert.deepEqual(linesOf(" good \r\n\nbad\ngood\n 差评 "), ["good", "bad", "差评"]);
});
