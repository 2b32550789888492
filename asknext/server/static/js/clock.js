/** Measure how long an answer took; time while the tab is hidden does not count. */
export class AnswerClock {
  /** @param {() => number} [now] milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
    this.spent = 0;
    /** @type {number | null} */
    this.since = null;
  }

  /** Begin with a new question. */
  restart() {
    this.spent = 0;
    this.since = this.now();
  }

  pause() {
    if (this.since === null) return;
    this.spent += this.now() - this.since;
    this.since = null;
  }

  resume() {
    this.since ??= this.now();
  }

  /** @returns {number} seconds, to the hundredth */
  get seconds() {
    const running = this.since === null ? 0 : this.now() - this.since;
    return Math.round((this.spent + running) / 10) / 100;
  }
}
