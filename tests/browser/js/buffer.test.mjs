import assert from "node:assert/strict";
import { test } from "node:test";
import { QuestionBuffer, TARGET } from "../../../asknext/server/static/js/buffer.js";

/** A pool that ranks by number, newest model's ranking reversed: a small server. */
class Pool {
  constructor(size) {
    this.free = Array.from({ length: size }, (_, i) => `q${i}`);
    this.model = 1;
    this.released = [];
    this.asked = [];
    this.broken = false;
  }

  async ask(k, holding) {
    if (this.broken) throw new Error("away");
    this.asked.push([...holding]);
    const ranked = this.model % 2 ? this.free : [...this.free].reverse();
    const ids = ranked.filter((id) => !holding.includes(id)).slice(0, k);
    return { questions: ids.map((id) => ({ id, model: this.model })), remaining: this.free.length };
  }

  async release(ids) {
    if (this.broken) throw new Error("away");
    this.released.push(...ids);
  }
}

const started = async (pool) => {
  const buffer = new QuestionBuffer(pool);
  await buffer.fill();
  buffer.advance();
  await buffer.fill();
  return buffer;
};
const ids = (buffer) => buffer.waiting.map((question) => question.id);

test("questions come once each, in order", async () => {
  const buffer = await started(new Pool(30));
  const seen = [];
  while (buffer.current) {
    seen.push(buffer.current.id);
    buffer.unsent.add(buffer.current.id);
    buffer.advance();
    await buffer.fill();
  }
  assert.deepEqual(seen, Array.from({ length: 30 }, (_, i) => `q${i}`));
});

test("a refill never asks for what is here, on the screen or unsent", async () => {
  const pool = new Pool(30);
  const buffer = await started(pool);
  buffer.unsent.add("q29");
  buffer.waiting = buffer.waiting.slice(0, 2);
  await buffer.fill();
  assert.deepEqual(pool.asked.at(-1), ["q0", "q1", "q2", "q29"]);
  assert.equal(buffer.waiting.length, TARGET);
});

test("a newer model swaps everything but the question on the screen", async () => {
  const pool = new Pool(40);
  const buffer = await started(pool);
  const old = ids(buffer);
  pool.model = 2;
  await buffer.swap(2);
  assert.equal(buffer.current.id, "q0");
  assert.deepEqual(pool.released, old);
  assert.deepEqual(ids(buffer), ["q39", "q38", "q37", "q36", "q35", "q34", "q33", "q32"]);
});

test("a model is swapped for once; its own questions stay", async () => {
  const pool = new Pool(40);
  const buffer = await started(pool);
  const old = ids(buffer);
  pool.model = 2;
  await buffer.swap(2);
  const now = ids(buffer);
  await buffer.swap(2);
  assert.deepEqual(ids(buffer), now);
  assert.equal(pool.released.length, old.length);
});

test("what is taken onto the screen during a swap does not come back", async () => {
  const pool = new Pool(TARGET + 1);
  const buffer = await started(pool);
  pool.model = 2;
  const swapping = buffer.swap(2);
  buffer.unsent.add("q0");
  buffer.advance();
  await swapping;
  assert.equal(buffer.current.id, "q1");
  assert.ok(!ids(buffer).includes("q1"));
  assert.ok(!ids(buffer).includes("q0"));
});

test("when the server is away the old questions stay", async () => {
  const pool = new Pool(40);
  const buffer = await started(pool);
  const old = ids(buffer);
  pool.broken = true;
  await assert.rejects(buffer.swap(2));
  assert.deepEqual(ids(buffer), old);
});

test("an earlier question can be shown again; the interrupted one is next", async () => {
  const buffer = await started(new Pool(30));
  const first = buffer.current;
  buffer.advance();
  const second = buffer.current;
  buffer.interrupt(first);
  assert.equal(buffer.current, first);
  assert.equal(buffer.advance(), second);
});
