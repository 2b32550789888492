/** The work on one text: what is chosen, what is marked, and what each step makes of it. */

/** @import {Mark, Marking, Span} from "./marks.js" */
/** @import {Chosen, Move} from "./moving.js" */
/** @import {Piece} from "./segments.js" */

import { UNMARKED, marked, narrowed, same, standing, toAnswer, unmarked } from "./marks.js";
import { moved, nudged } from "./moving.js";
import { Points } from "./points.js";
import { Segments } from "./segments.js";

/** All places are in points. */
export class SpanEditor {
  /** @param {string} text @param {Marking} [marking] */
  constructor(text, marking = UNMARKED) {
    this.points = new Points(text);
    this.segments = new Segments(this.points);
    this.marking = marking;
    /** @type {Marking[]} earlier states, oldest first */
    this.past = [];
    /** @type {Mark[]} what the model would mark and may be seen */
    this.suggested = [];
    /** @type {Chosen | null} the part that keys act on */
    this.chosen = null;
  }

  /** @returns {Mark[]} the suggested marks that still stand */
  get open() {
    return standing(this.marking, this.suggested);
  }

  /** @returns {Mark[]} all that stands, own and suggested, in order */
  get marks() {
    return [...this.marking.own, ...this.open].sort((a, b) => a.start - b.start);
  }

  /** @returns {Mark | null} the mark that is chosen as a whole */
  get current() {
    const { chosen } = this;
    return (chosen && this.marks.find((mark) => same(mark, chosen))) ?? null;
  }

  /** @returns {Piece | null} what would be marked: what is chosen, in whole characters */
  get range() {
    return this.chosen && this.segments.whole(this.chosen);
  }

  /** @returns {Span[]} */
  get answer() {
    return toAnswer(this.marking, this.suggested);
  }

  /** @param {Piece} piece @returns {string} */
  textOf({ start, end }) {
    return this.points.slice(start, end);
  }

  /** @param {Piece | null} piece */
  choose(piece) {
    this.chosen = piece && { start: piece.start, end: piece.end, tail: 1 };
  }

  /** @param {Move} move */
  move(move) {
    this.chosen = moved(this.chosen, move, this.segments);
  }

  /** @param {Marking} marking */
  #change(marking) {
    this.past.push(this.marking);
    this.marking = marking;
  }

  /** @param {Piece} range @param {string} label */
  mark({ start, end }, label) {
    this.#change(marked(this.marking, { start, end, label }, this.suggested));
    this.choose({ start, end });
  }

  /** Take the chosen mark away. @returns {Mark | null} null where none is chosen */
  remove() {
    const { current } = this;
    if (current) this.#change(unmarked(this.marking, current));
    return current;
  }

  /** Judge only what is chosen (its sentence, where it is a mark or nothing); again: everything. */
  narrow() {
    const { marking, suggested, points, segments, chosen } = this;
    if (marking.blank.length) return this.#change({ ...marking, blank: [] });
    const here = chosen?.start ?? 0;
    const sentence = segments.sentences.find((one) => one.end > here) ?? { start: 0, end: points.size };
    const part = segments.whole(chosen && !this.current ? chosen : sentence);
    if (part) this.#change(narrowed(marking, part, suggested, points.size));
  }

  /** Move an edge of what is chosen, and of the mark there. @param {"start" | "end"} edge @param {1 | -1} way */
  nudge(edge, way) {
    const { chosen, current } = this;
    if (!chosen) return;
    const range = nudged(chosen, edge, way, this.segments.characters);
    if (current) this.#change(marked(unmarked(this.marking, current), { ...range, label: current.label }, this.suggested));
    this.chosen = { ...range, tail: chosen.tail };
  }

  /** Choose the next mark, or the one before. @param {1 | -1} way @returns {boolean} whether there is one */
  hop(way) {
    const { start, end } = this.chosen ?? (way > 0 ? { start: 0, end: 0 } : { start: this.points.size, end: this.points.size });
    const next = way > 0 ? this.marks.find((mark) => mark.start >= end) : this.marks.findLast((mark) => mark.end <= start);
    if (next) this.choose(next);
    return next !== undefined;
  }

  /** Take the last step back. @returns {boolean} whether there was one */
  undo() {
    const before = this.past.pop();
    if (before) this.marking = before;
    return before !== undefined;
  }

  /** From the part that is chosen to a word, for fingers. @param {Piece} word @returns {Piece} */
  reached(word) {
    const { chosen } = this;
    if (!chosen || this.current || (chosen.start <= word.start && word.end <= chosen.end)) return word;
    return { start: Math.min(chosen.start, word.start), end: Math.max(chosen.end, word.end) };
  }

  /** A word beside a mark of the same label joins it. @param {Piece} word @param {string} label @returns {Piece} */
  joined(word, label) {
    const near = this.marking.own.find((mark) => {
      const [left, right] = mark.end <= word.start ? [mark.end, word.start] : [word.end, mark.start];
      return mark.label === label && left <= right && !this.points.slice(left, right).trim();
    });
    return near ? { start: Math.min(near.start, word.start), end: Math.max(near.end, word.end) } : word;
  }
}
