/** The outbox as the browser runs it: IndexedDB, Web Locks, one voice across tabs. */

/** @import {AnswerBody, Operation, RetractBody} from "./types.js" */

import { ApiError, answer, retract } from "./api.js";
import { openStore } from "./outbox-store.js";
import { Outbox } from "./outbox.js";

/** @param {Operation} operation */
function send(operation) {
  return operation.kind === "answer"
    ? answer(operation.project, /** @type {AnswerBody} */ (operation.body))
    : retract(operation.project, /** @type {RetractBody} */ (operation.body));
}

/** A session that has ended is passing too: the answer waits until the person is back.
 * @param {unknown} error
 */
const passing = (error) =>
  !(error instanceof ApiError) || error.passing || [401, 403].includes(error.status);

/** Without Web Locks two tabs may send the same line; its key makes that harmless.
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
async function alone(work) {
  if (!("locks" in navigator)) return work();
  await navigator.locks.request("asknext-outbox", work);
}

/** @returns {Promise<Outbox>} */
export async function openOutbox() {
  const others = new BroadcastChannel("asknext-outbox");
  const store = await openStore();
  const outbox = new Outbox({ store, send, passing, alone, tell: () => others.postMessage(0) });
  others.onmessage = () => void outbox.count();
  addEventListener("online", () => void outbox.wake());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void outbox.wake();
  });
  await outbox.count();
  void outbox.drain();
  return outbox;
}
