/** Where the arrow keys lead: from word to word, by character inside, by sentence. */

/** @import {Piece, Segments} from "./segments.js" */

/**
 * @typedef {object} Chosen the part of the text that keys act on
 * @property {number} start
 * @property {number} end
 * @property {1 | -1} tail which edge moves when it is extended: the end, or the start
 */

/** @typedef {{by: "word" | "character" | "sentence" | "text", way: 1 | -1, extend: boolean}} Move */

/**
 * @param {Piece[]} pieces
 * @param {number} from
 * @returns {Piece | undefined}
 */
const firstFrom = (pieces, from) => pieces.find((piece) => piece.start >= from);

/** @param {Piece[]} pieces @param {number} to @returns {Piece | undefined} */
const lastTo = (pieces, to) => pieces.findLast((piece) => piece.end <= to);

/**
 * @param {Chosen | null} chosen
 * @param {Move} move
 * @param {Segments} segments
 * @returns {Chosen | null} the same where there is nothing further on
 */
export function moved(chosen, move, segments) {
  if (move.extend && chosen) return extended(chosen, move, segments);
  const found = target(chosen, move, segments);
  return found ? { start: found.start, end: found.end, tail: move.way } : chosen;
}

/** @param {Chosen | null} chosen @param {Move} move @param {Segments} segments */
function target(chosen, { by, way }, segments) {
  const { words, characters, points } = segments;
  if (by === "text") return way > 0 ? words.at(-1) : words[0];
  if (by === "sentence") return sentenceStart(chosen, way, segments);
  if (by === "character" && chosen) {
    const inside = characters.filter((one) => one.start >= chosen.start && one.end <= chosen.end);
    if (inside.length > 1) return way > 0 ? inside[0] : inside.at(-1);
  }
  const pieces = by === "word" ? words : characters;
  return way > 0 ? firstFrom(pieces, chosen?.end ?? 0) : lastTo(pieces, chosen?.start ?? points.size);
}

/** @param {Chosen | null} chosen @param {1 | -1} way @param {Segments} segments */
function sentenceStart(chosen, way, { sentences, words }) {
  const here = chosen ? sentences.findIndex((one) => one.end > chosen.start) : way > 0 ? -1 : sentences.length;
  for (let place = here + way; place >= 0 && place < sentences.length; place += way) {
    const { start = 0, end = 0 } = sentences[place] ?? {};
    const word = words.find((one) => one.start >= start && one.start < end);
    if (word) return word;
  }
  return undefined;
}

/** @param {Chosen} chosen @param {Move} move @param {Segments} segments @returns {Chosen} */
function extended(chosen, { by, way }, segments) {
  const { start, end, tail } = chosen;
  const pieces = by === "character" ? segments.characters : by === "sentence" ? segments.sentences : segments.words;
  if (by === "text") return way > 0 ? { ...chosen, end: lastEnd(segments) } : { start: firstStart(segments), end, tail: -1 };
  if (tail > 0) {
    const next = way > 0 ? pieces.find((one) => one.end > end)?.end : pieces.findLast((one) => one.end < end && one.end > start)?.end;
    if (next !== undefined) return { start, end: next, tail };
    const before = way < 0 ? lastTo(pieces, start)?.start : undefined;
    return before === undefined ? chosen : { start: before, end, tail: -1 };
  }
  const next = way < 0 ? pieces.findLast((one) => one.start < start)?.start : pieces.find((one) => one.start > start && one.start < end)?.start;
  if (next !== undefined) return { start: next, end, tail };
  const after = way > 0 ? firstFrom(pieces, end)?.end : undefined;
  return after === undefined ? chosen : { start, end: after, tail: 1 };
}

/** @param {Segments} segments */
const firstStart = ({ words }) => words[0]?.start ?? 0;

/** @param {Segments} segments */
const lastEnd = ({ words, points }) => words.at(-1)?.end ?? points.size;

/**
 * Move one edge by one character.
 *
 * @param {Piece} range
 * @param {"start" | "end"} edge
 * @param {1 | -1} way
 * @param {Piece[]} characters
 * @returns {Piece} the same where it would vanish or leave the text
 */
export function nudged(range, edge, way, characters) {
  const places = [...characters.map((one) => one.start), characters.at(-1)?.end ?? 0];
  const here = range[edge];
  const next = way > 0 ? places.find((place) => place > here) : places.findLast((place) => place < here);
  const found = { ...range, [edge]: next ?? here };
  return found.start < found.end ? found : range;
}
