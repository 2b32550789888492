/** What a text is made of, for moving through it: characters as people see them, words, sentences. */

/** @import {Points} from "./points.js" */

/** @typedef {{start: number, end: number}} Piece in points, end excluded */

const TELLING = /[\p{L}\p{N}\p{S}\p{Extended_Pictographic}]/u; // punctuation and blanks are passed over

/**
 * @param {Points} points
 * @param {"grapheme" | "word" | "sentence"} granularity
 * @returns {Piece[]} all of the text, in order
 */
function pieces(points, granularity) {
  const segmenter = new Intl.Segmenter(undefined, { granularity });
  return [...segmenter.segment(points.text)].map(({ index, segment }) => ({
    start: points.point(index),
    end: points.point(index + segment.length),
  }));
}

/** Cuts a text when it is first asked to. */
export class Segments {
  /** @param {Points} points */
  constructor(points) {
    this.points = points;
    /** @type {Map<string, Piece[]>} */
    this.known = new Map();
  }

  /** @param {"grapheme" | "word" | "sentence"} granularity @returns {Piece[]} */
  #of(granularity) {
    const known = this.known.get(granularity) ?? pieces(this.points, granularity);
    this.known.set(granularity, known);
    return known;
  }

  /** @returns {Piece[]} letters with their accents, emoji with all their parts */
  get characters() {
    return this.#of("grapheme");
  }

  /** @returns {Piece[]} without blanks and punctuation; Chinese by the browser's dictionary */
  get words() {
    return this.#of("word").filter(({ start, end }) => TELLING.test(this.points.slice(start, end)));
  }

  /** @returns {Piece[]} */
  get sentences() {
    return this.#of("sentence");
  }

  /**
   * Widen a range to whole characters, then leave out the blanks at its ends.
   *
   * @param {Piece} range
   * @returns {Piece | null} null where nothing is left
   */
  whole({ start, end }) {
    const touched = this.characters.filter((one) => one.start < end && one.end > start);
    const blank = (/** @type {Piece | undefined} */ one) =>
      one !== undefined && !this.points.slice(one.start, one.end).trim();
    while (blank(touched[0])) touched.shift();
    while (blank(touched.at(-1))) touched.pop();
    const [first, last] = [touched[0], touched.at(-1)];
    return first && last ? { start: first.start, end: last.end } : null;
  }

  /** @param {number} point @returns {Piece | null} the word that holds a point */
  wordAt(point) {
    return this.words.find((word) => word.start <= point && point < word.end) ?? null;
  }
}
