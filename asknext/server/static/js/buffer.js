/** The next questions, already here. Swapped for better ones when a newer model has ranked. */

/** @import {Question} from "./types.js" */

/**
 * @typedef {object} Source
 * @property {(k: number, holding: string[]) => Promise<{questions: Question[], remaining: number}>} ask
 * @property {(ids: string[]) => Promise<unknown>} release
 */

export const TARGET = 8; // questions kept waiting behind the one on the screen
export const LOW = 6; // refill below this, so that five are there even while a refill is under way

export class QuestionBuffer {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    /** @type {Question | null} the question on the screen */
    this.current = null;
    /** @type {Question[]} */
    this.waiting = [];
    /** @type {Set<string>} answered here; the server does not know it yet */
    this.unsent = new Set();
    this.remaining = 0;
    /** @type {number | string | null} the newest ranking that was asked for */
    this.model = null;
    /** @type {Promise<unknown>} requests go one after the other */
    this.turn = Promise.resolve();
  }

  /** @returns {string[]} ids that must not come again */
  get holding() {
    const here = this.waiting.map((question) => question.id);
    return [...(this.current ? [this.current.id] : []), ...here, ...this.unsent];
  }

  /** Take the next waiting question onto the screen; null when there is none. */
  advance() {
    this.current = this.waiting.shift() ?? null;
    return this.current;
  }

  /**
   * Show a question again; the one on the screen becomes the next.
   *
   * @param {Question} question
   */
  interrupt(question) {
    const others = this.waiting.filter((other) => other.id !== question.id);
    const before = this.current && this.current.id !== question.id ? [this.current] : [];
    this.waiting = [...before, ...others];
    this.current = question;
  }

  /** Ask for more when few are left. */
  fill() {
    return this.#inTurn(async () => {
      if (this.waiting.length >= LOW) return;
      const got = await this.source.ask(TARGET - this.waiting.length, this.holding);
      this.remaining = got.remaining;
      this.waiting.push(...this.#unseen(got.questions));
    });
  }

  /**
   * Give everything but the question on the screen back and ask again, once per model version.
   * Should that fail, the old questions stay: a good question of yesterday beats none.
   *
   * @param {number | string | null} model version that has ranked the pool
   */
  swap(model) {
    if (model === null || model === this.model) return Promise.resolve();
    this.model = model;
    return this.#inTurn(async () => {
      const old = this.waiting.filter((question) => question.model !== model);
      if (!old.length) return;
      await this.source.release(old.map((question) => question.id));
      const fresh = this.waiting.filter((question) => question.model === model);
      const held = this.holding.filter((id) => !old.some((question) => question.id === id));
      const got = await this.source.ask(TARGET - fresh.length, held);
      this.remaining = got.remaining;
      this.waiting = fresh.filter((question) => question.id !== this.current?.id);
      this.waiting.push(...this.#unseen(got.questions));
    });
  }

  /** @param {Question[]} questions @returns {Question[]} */
  #unseen(questions) {
    const here = new Set(this.holding);
    return questions.filter((question) => !here.has(question.id));
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #inTurn(work) {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}
