/**
 * What is marked in a text, and what an answer says of it. Nothing here is changed in place, so an
 * earlier state can be kept and shown again.
 */

/** @import {Piece} from "./segments.js" */

/** @typedef {{start: number, end: number, label: string}} Mark */
/** @typedef {{start: number, end: number, label: string | null}} Span as answers hold them */

/**
 * @typedef {object} Marking
 * @property {Mark[]} own marks of the person, in order
 * @property {Piece[]} dropped suggested places that were taken away or changed
 * @property {Piece[]} blank parts that nobody judges, in order
 */

/** @type {Marking} */
export const UNMARKED = { own: [], dropped: [], blank: [] };

/** @param {Piece} a @param {Piece} b */
const touch = (a, b) => a.start < b.end && b.start < a.end;

/** @param {Piece} a @param {Piece} b */
export const same = (a, b) => a.start === b.start && a.end === b.end;

/**
 * Take a range out of ranges.
 *
 * @param {Piece[]} ranges
 * @param {Piece} hole
 * @returns {Piece[]}
 */
function without(ranges, hole) {
  return ranges.flatMap((range) =>
    [
      { start: range.start, end: Math.min(range.end, hole.start) },
      { start: Math.max(range.start, hole.end), end: range.end },
    ].filter((part) => part.start < part.end),
  );
}

/**
 * Read an earlier answer.
 *
 * @param {Span[]} spans
 * @param {Mark[]} suggested none of them counts any more
 * @returns {Marking}
 */
export function fromAnswer(spans, suggested) {
  const own = /** @type {Mark[]} */ (spans.filter((span) => span.label !== null));
  const blank = spans.filter((span) => span.label === null).map(({ start, end }) => ({ start, end }));
  return { own, blank, dropped: suggested.map(({ start, end }) => ({ start, end })) };
}

/**
 * The suggested marks that still stand: not taken away, not under a mark of the person, judged.
 *
 * @param {Marking} marking
 * @param {Mark[]} suggested
 * @returns {Mark[]}
 */
export function standing({ own, dropped, blank }, suggested) {
  return suggested.filter(
    (one) => !dropped.some((gone) => same(gone, one)) && ![...own, ...blank].some((other) => touch(other, one)),
  );
}

/**
 * Mark a range; what it touches goes.
 *
 * @param {Marking} marking
 * @param {Mark} mark
 * @param {Mark[]} suggested
 * @returns {Marking}
 */
export function marked(marking, mark, suggested) {
  const own = marking.own.filter((other) => !touch(other, mark));
  const gone = suggested.filter((other) => touch(other, mark)).map(({ start, end }) => ({ start, end }));
  return {
    own: [...own, mark].sort((a, b) => a.start - b.start),
    dropped: [...marking.dropped, ...gone],
    blank: without(marking.blank, mark),
  };
}

/**
 * Take a mark away, own or suggested.
 *
 * @param {Marking} marking
 * @param {Piece} mark
 * @returns {Marking}
 */
export function unmarked(marking, mark) {
  const { start, end } = mark;
  const own = marking.own.filter((other) => !same(other, mark));
  return { ...marking, own, dropped: [...marking.dropped, { start, end }] };
}

/**
 * Judge a part of the text only, widened to the marks that it touches; marks of the person outside
 * of it stay.
 *
 * @param {Marking} marking
 * @param {Piece} part
 * @param {Mark[]} suggested
 * @param {number} size of the text
 * @returns {Marking}
 */
export function narrowed(marking, part, suggested, size) {
  const inside = [...marking.own, ...standing(marking, suggested)].filter((mark) => touch(mark, part));
  const start = Math.min(part.start, ...inside.map((mark) => mark.start));
  const end = Math.max(part.end, ...inside.map((mark) => mark.end));
  const rest = without([{ start: 0, end: size }], { start, end });
  return { ...marking, blank: marking.own.reduce(without, rest) };
}

/**
 * @param {Marking} marking
 * @param {Mark[]} suggested
 * @returns {Span[]} the answer: marks and, without a label, the parts that nobody judged
 */
export function toAnswer(marking, suggested) {
  const plain = [...marking.own, ...standing(marking, suggested)].map(({ start, end, label }) => ({ start, end, label }));
  const blank = marking.blank.map(({ start, end }) => ({ start, end, label: null }));
  return [...plain, ...blank].sort((a, b) => a.start - b.start);
}
