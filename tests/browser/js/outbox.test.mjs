import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../../asknext/server/static/js/outbox.js";

/** A store in memory with the promises of the one in IndexedDB. */
function memory() {
  const lines = new Map();
  const refused = [];
  let seq = 0;
  return {
    lines,
    refused,
    add: async (operation) => void lines.set(++seq, { ...operation, seq }),
    first: async () => [...lines.values()][0],
    remove: async (key) => void lines.delete(key),
    refuse: async (operation, reason) => {
      refused.push([operation.key, reason]);
      lines.delete(operation.seq);
    },
    all: async () => [...lines.values()],
    refusedCount: async () => refused.length,
  };
}

class Away extends Error {}

const make = (store, send, alone = (work) => work()) =>
  new Outbox({ store, send, passing: (error) => error instanceof Away, alone });

const operation = (key) => ({ kind: "answer", project: "p", key, body: { example: key } });

const settled = async (outbox) => {
  while (outbox.running) await new Promise((resolve) => setImmediate(resolve));
  clearTimeout(outbox.timer);
};

test("operations arrive in order, once each", async () => {
  const sent = [];
  const outbox = make(memory(), async ({ key }) => sent.push(key));
  for (const key of "abcdef") await outbox.add(operation(key));
  await settled(outbox);
  assert.deepEqual(sent, [..."abcdef"]);
  assert.equal(outbox.unsent, 0);
});

test("an operation is stored before it is sent", async () => {
  const store = memory();
  const outbox = make(store, async ({ seq }) => assert.ok(store.lines.has(seq)));
  await outbox.add(operation("a"));
  await settled(outbox);
  assert.equal(store.lines.size, 0);
});

test("when the server is away everything waits in order, then arrives", async () => {
  const sent = [];
  let away = true;
  const outbox = make(memory(), async ({ key }) => {
    if (away) throw new Away();
    sent.push(key);
  });
  for (const key of "abc") await outbox.add(operation(key));
  await settled(outbox);
  assert.deepEqual([outbox.unsent, outbox.trouble instanceof Away], [3, true]);
  away = false;
  await outbox.wake();
  await settled(outbox);
  assert.deepEqual(sent, [..."abc"]);
  assert.deepEqual([outbox.unsent, outbox.trouble], [0, null]);
});

test("a lost reply is repeated with the same key", async () => {
  const sent = [];
  const outbox = make(memory(), async ({ key }) => {
    sent.push(key);
    if (sent.length === 1) throw new Away(); // stored there, but the reply was lost
  });
  await outbox.add(operation("a"));
  await settled(outbox);
  await outbox.wake();
  await settled(outbox);
  assert.deepEqual(sent, ["a", "a"]);
});

test("what the server refuses is set aside, told, and does not hold up the rest", async () => {
  const store = memory();
  const sent = [];
  const told = [];
  const outbox = make(store, async ({ key }) => {
    if (key === "bad") throw new Error("no such label");
    sent.push(key);
  });
  outbox.addEventListener("refused", (event) => told.push(event.detail.operation.key));
  for (const key of ["a", "bad", "b"]) await outbox.add(operation(key));
  await settled(outbox);
  assert.deepEqual(sent, ["a", "b"]);
  assert.deepEqual(told, ["bad"]);
  assert.deepEqual(store.refused, [["bad", "Error: no such label"]]);
});

test("two tabs over one store send each operation once", async () => {
  const store = memory();
  const sent = [];
  let queue = Promise.resolve();
  const alone = (work) => (queue = queue.then(work)); // what Web Locks give
  const tabs = [0, 1].map(() => make(store, async ({ key }) => sent.push(key), alone));
  await Promise.all([..."abcdefgh"].map((key, i) => tabs[i % 2].add(operation(key))));
  await Promise.all(tabs.map(settled));
  await queue;
  assert.deepEqual(sent.toSorted(), [..."abcdefgh"]);
});

test("what an earlier tab left is sent by the next one", async () => {
  const store = memory();
  const first = make(store, async () => {
    throw new Away();
  });
  await first.add(operation("a"));
  await settled(first);
  const sent = [];
  const next = make(store, async ({ key }) => sent.push(key));
  await next.count();
  assert.equal(next.unsent, 1);
  await next.drain();
  assert.deepEqual(sent, ["a"]);
});
