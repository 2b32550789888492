/** The work at the desk: which question is on the screen and what becomes of each answer. */

/** @import {Action, AnswerBody, Given, Operation, Past, Question, Status} from "../types.js" */
/** @import {Outbox} from "../outbox.js" */
/** @import {Live} from "../live.js" */

import * as api from "../api.js";
import { QuestionBuffer } from "../buffer.js";
import { AnswerClock } from "../clock.js";

const REMEMBERED = 10; // answers that can be taken back
const SWAP_PAUSE = 1_000; // milliseconds between two exchanges of the waiting questions
const RETRY_PAUSE = 4_000;

/** @typedef {"loading" | "question" | "waiting" | "held" | "done" | "offline" | "error"} Phase */

/** Events: `change` after anything a screen shows; `question` when another text is on it. */
export class Annotation extends EventTarget {
  /**
   * @param {{project: string, who: string, outbox: Outbox, live: Live}} parts
   */
  constructor({ project, who, outbox, live }) {
    super();
    this.project = project;
    this.who = who;
    this.outbox = outbox;
    this.live = live;
    this.buffer = new QuestionBuffer({
      ask: (k, holding) => api.ask(project, { k, who, holding }),
      release: (examples) => api.release(project, { who, examples }),
    });
    this.clock = new AnswerClock();
    /** @type {Phase} */
    this.phase = "loading";
    /** @type {unknown} */
    this.error = null;
    /** @type {Given[]} newest first */
    this.given = [];
    /** @type {Given | null} an earlier answer that is on the screen again */
    this.revisited = null;
    this.opened = false; // the question on the screen was opened by its address, and not answered yet
    /** @type {Given | null} what was said about the question on the screen, though it may be taken back */
    this.before = null;
    this.note = "";
    this.busy = false; // an answer is being written to the outbox
    this.fetching = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retry = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.swapping = undefined;
    this.swapped = 0;
    this.#listen();
  }

  /** @returns {Question | null} the question on the screen */
  get question() {
    return this.phase === "question" ? this.buffer.current : null;
  }

  #listen() {
    this.outbox.addEventListener("change", () => this.#readOutbox());
    this.live.addEventListener("status", () => this.#onStatus());
    this.live.addEventListener("connection", () => {
      if (this.live.connected) this.#resume();
      this.#changed();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.clock.pause();
      else if (this.question) this.clock.resume();
    });
    addEventListener("online", () => this.#resume());
  }

  /** Read what is known, then show the first question. @param {string} first an example to begin with, or empty */
  async start(first) {
    this.#readOutbox();
    const past = await api.getHistory(this.project, this.who, REMEMBERED).catch(() => []);
    this.given = merged(past.map(fromPast), this.#mine().filter((o) => o.kind === "answer"));
    await (first ? this.#open(first) : this.next());
  }

  /** Show an example whoever has labelled it, with the answer of this person if there is one. @param {string} id */
  async #open(id) {
    try {
      const given = this.given.find(({ question }) => question.id === id) ?? (await this.#lookUp(id));
      if (given) return this.revisit(given);
    } catch (error) {
      return this.#stuck(error);
    }
    this.opened = true;
    this.#show();
  }

  /** Take an example to the screen, unless this person has answered it. @param {string} id @returns {Promise<Given | null>} that answer */
  async #lookUp(id) {
    const { example, answers } = await api.getExample(this.project, id);
    const mine = answers.find(({ who }) => who === this.who);
    if (mine) return fromPast({ ...mine, example: id, fields: example.fields });
    this.buffer.interrupt(blindly(id, example.fields));
    return null;
  }

  #mine() {
    return this.outbox.waiting.filter(
      (operation) => operation.project === this.project && operation.body.who === this.who,
    );
  }

  #readOutbox() {
    this.buffer.unsent = new Set(this.#mine().map((operation) => operation.body.example));
    this.#changed();
  }

  /** Ask again after something failed. */
  again() {
    return this.#fetch();
  }

  /** Put the next question on the screen, asking for more where none is waiting. */
  async next() {
    clearTimeout(this.retry);
    this.note = "";
    this.revisited = null;
    this.opened = false;
    this.before = null;
    if (this.buffer.advance()) return this.#show();
    this.phase = "loading";
    this.#changed();
    await this.#fetch();
  }

  async #fetch() {
    if (this.fetching) return;
    this.fetching = true;
    try {
      await this.buffer.fill();
    } catch (error) {
      return this.#stuck(error);
    } finally {
      this.fetching = false;
    }
    if (this.buffer.advance()) return this.#show();
    this.phase = this.#emptyPhase();
    if (this.phase !== "done") this.#retryLater();
    this.#changed();
  }

  #show() {
    this.phase = "question";
    this.error = null;
    this.clock.restart();
    if (document.hidden) this.clock.pause();
    this.dispatchEvent(new Event("question"));
    this.#changed();
    this.buffer.fill().catch(() => undefined); // asked again with the next answer
  }

  /** @returns {Phase} */
  #emptyPhase() {
    const state = this.live.status?.encoding.state;
    if (state === "running" || state === "error") return "waiting";
    return this.buffer.remaining > 0 ? "held" : "done";
  }

  /** @param {unknown} error */
  #stuck(error) {
    this.error = error;
    const unreachable = error instanceof api.ApiError && error.status === 0;
    this.phase = unreachable ? "offline" : "error";
    if (unreachable || (error instanceof api.ApiError && error.passing)) this.#retryLater();
    this.#changed();
  }

  #retryLater() {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.#resume(), RETRY_PAUSE);
  }

  #resume() {
    void this.outbox.wake();
    if (["offline", "waiting", "held", "error"].includes(this.phase)) void this.#fetch();
  }

  #onStatus() {
    const status = /** @type {Status} */ (this.live.status);
    const model = status.queue.model ?? status.model.version;
    if (model !== this.buffer.model) this.#swapSoon(model);
    if (["waiting", "held"].includes(this.phase)) void this.#fetch();
    this.#changed();
  }

  /** @param {number | string | null} model */
  #swapSoon(model) {
    clearTimeout(this.swapping);
    const pause = Math.max(0, this.swapped + SWAP_PAUSE - Date.now());
    this.swapping = setTimeout(() => {
      this.swapped = Date.now();
      this.buffer.swap(model).then(() => this.#changed(), () => undefined);
    }, pause);
  }

  /**
   * Keep an answer safe, then go on. A second press while the first is being written is dropped:
   * it was meant for a text that was not on the screen yet.
   *
   * @param {Action} action
   * @param {unknown} value
   * @param {{suggested: boolean, shown: Record<string, unknown> | null}} screen whether a
   *     suggestion was visible, and how the question stood
   */
  async answer(action, value, { suggested, shown }) {
    const { question } = this;
    if (!question || this.busy) return;
    const { who, note } = this;
    const key = crypto.randomUUID();
    const seconds = this.clock.seconds;
    /** @type {AnswerBody} */
    const body = { example: question.id, action, value, who, seconds, note, suggested, shown, key };
    if (!(await this.#keep({ kind: "answer", project: this.project, key, body, question }))) return;
    const others = this.given.filter((given) => given.question.id !== question.id);
    this.given = [{ question, action, value, note }, ...others].slice(0, REMEMBERED);
    await this.next();
  }

  /** Take the newest answer back and show its question again. */
  async undo() {
    const last = this.given[0];
    if (!last || this.busy) return;
    const key = crypto.randomUUID();
    const body = { example: last.question.id, who: this.who, key };
    if (!(await this.#keep({ kind: "retract", project: this.project, key, body }))) return;
    this.given = this.given.slice(1);
    this.#bringBack(last);
    this.revisited = null;
    this.#show();
  }

  /** Show an earlier answer's question; the answer stands until another one is given.
   * @param {Given} given
   */
  revisit(given) {
    if (this.busy) return;
    this.#bringBack(given);
    this.revisited = given;
    this.#show();
  }

  /** Leave a question that is no turn of the queue as it was. */
  async keepAnswer() {
    if (!this.revisited && !this.opened) return;
    await this.next();
  }

  /** @param {string} note */
  setNote(note) {
    this.note = note.trim();
    this.#changed();
  }

  /** @param {Given} given */
  #bringBack(given) {
    if (this.revisited || this.opened) this.buffer.current = null; // it is no turn of the queue
    this.opened = false;
    // A copy: what a form has begun belongs to the question that it was begun for.
    this.buffer.interrupt({ ...given.question });
    this.before = given;
    this.note = given.note;
  }

  /** @param {Operation} operation @returns {Promise<boolean>} whether it is safe */
  async #keep(operation) {
    this.busy = true;
    try {
      await this.outbox.add(operation);
      return true;
    } catch (error) {
      this.error = error;
      this.dispatchEvent(new CustomEvent("unsafe", { detail: error }));
      return false;
    } finally {
      this.busy = false;
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} id @param {Record<string, unknown>} fields @returns {Question} without what the model thinks */
const blindly = (id, fields) => ({ id, fields, suggestion: null, reason: "", score: null, strategy: "", model: null, expires: null });

/** @param {Past} past @returns {Given} */
const fromPast = ({ example, fields, action, value, note }) => ({ question: blindly(example, fields), action, value, note: note ?? "" });

/**
 * Put what is not delivered yet before what the server remembers.
 *
 * @param {Given[]} past
 * @param {Operation[]} unsent oldest first
 * @returns {Given[]}
 */
function merged(past, unsent) {
  const news = unsent.toReversed().flatMap(({ body, question }) => {
    const { action, value, note } = /** @type {AnswerBody} */ (body);
    return question ? [{ question, action, value, note }] : [];
  });
  const seen = new Set(news.map((given) => given.question.id));
  const rest = past.filter((given) => !seen.has(given.question.id));
  return [...news, ...rest].slice(0, REMEMBERED);
}
