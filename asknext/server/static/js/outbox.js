/** Deliver answers: in order, each exactly once, whatever happens to the network or the server. */

/** @import {Operation} from "./types.js" */
/** @import {OutboxStore} from "./outbox-store.js" */

const FIRST_PAUSE = 500; // milliseconds; doubles with each failure
const LONGEST_PAUSE = 15_000;

/**
 * @typedef {object} Ways
 * @property {OutboxStore} store
 * @property {(operation: Operation) => Promise<unknown>} send
 * @property {(error: unknown) => boolean} passing whether the same request may succeed later
 * @property {(work: () => Promise<void>) => Promise<void>} alone runs work in one tab at a time
 * @property {() => void} [tell] lets the other tabs know that something changed
 */

/**
 * Events: `change` when the number of unsent operations or the trouble changed; `sent` with the
 * operation that arrived; `refused` with the operation and the error that the server gave.
 */
export class Outbox extends EventTarget {
  /** @param {Ways} ways */
  constructor(ways) {
    super();
    this.ways = ways;
    /** @type {Operation[]} what is not delivered yet, oldest first, as the store last said */
    this.waiting = [];
    this.refused = 0;
    /** @type {unknown} the error that holds delivery up; null while it flows */
    this.trouble = null;
    this.pause = FIRST_PAUSE;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.running = false;
    this.again = false;
  }

  /** Keep an operation safe; resolves once it is on disk, before anything is sent.
   * @param {Operation} operation
   */
  async add(operation) {
    await this.ways.store.add(operation);
    await this.count();
    this.ways.tell?.();
    void this.drain();
  }

  /** @returns {number} operations that are not delivered yet */
  get unsent() {
    return this.waiting.length;
  }

  /** Read from the store what is waiting; other tabs add to it too. */
  async count() {
    this.waiting = await this.ways.store.all();
    this.refused = await this.ways.store.refusedCount();
    this.dispatchEvent(new Event("change"));
  }

  /** Try at once, for example because the browser is online again. */
  wake() {
    clearTimeout(this.timer);
    this.pause = FIRST_PAUSE;
    return this.drain();
  }

  /** Send all there is, oldest first; on a passing failure try again later. */
  async drain() {
    this.again = true;
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    try {
      while (this.again) {
        this.again = false;
        await this.ways.alone(() => this.#sendAll());
      }
    } finally {
      this.running = false;
    }
  }

  async #sendAll() {
    const { store } = this.ways;
    for (let next = await store.first(); next; next = await store.first()) {
      if (!(await this.#deliver(next))) return;
      await this.count();
      this.ways.tell?.();
    }
  }

  /** @param {Operation} operation @returns {Promise<boolean>} whether to go on with the next */
  async #deliver(operation) {
    const { store, send, passing } = this.ways;
    try {
      await send(operation);
    } catch (error) {
      if (passing(error)) return this.#later(error);
      await store.refuse(operation, String(error));
      this.dispatchEvent(new CustomEvent("refused", { detail: { operation, error } }));
      return true;
    }
    await store.remove(/** @type {number} */ (operation.seq));
    this.trouble = null;
    this.pause = FIRST_PAUSE;
    this.dispatchEvent(new CustomEvent("sent", { detail: operation }));
    return true;
  }

  /** @param {unknown} error @returns {false} */
  #later(error) {
    this.trouble = error;
    this.again = false;
    this.timer = setTimeout(() => void this.drain(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    this.dispatchEvent(new Event("change"));
    return false;
  }
}
