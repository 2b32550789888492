/** What keys mean while a text is marked. */

/** @import {Move} from "./moving.js" */

/** @type {Record<string, [Move["by"], 1 | -1]>} */
const MOVES = {
  ArrowRight: ["word", 1],
  ArrowLeft: ["word", -1],
  ArrowDown: ["sentence", 1],
  ArrowUp: ["sentence", -1],
  End: ["text", 1],
  Home: ["text", -1],
};

/**
 * @param {KeyboardEvent} event
 * @param {boolean} rightToLeft the way the text runs; left and right are meant as seen
 * @returns {Move | null}
 */
export function moveOf(event, rightToLeft) {
  const found = MOVES[event.key];
  if (!found || event.metaKey) return null;
  const [by, way] = found;
  const sideways = event.key === "ArrowRight" || event.key === "ArrowLeft";
  const fine = sideways && (event.ctrlKey || event.altKey);
  const turned = sideways && rightToLeft ? /** @type {1 | -1} */ (-way) : way;
  return { by: fine ? "character" : by, way: turned, extend: event.shiftKey };
}

/**
 * The square brackets move an edge: "[" and "]" the end, with Shift the start.
 *
 * @param {KeyboardEvent} event
 * @returns {{edge: "start" | "end", way: 1 | -1} | null}
 */
export function edgeOf({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  if ((ctrlKey || metaKey) && !altKey) return null; // on many keyboards a bracket needs AltGr
  const written = "[]{}".indexOf(key);
  const placed = ["BracketLeft", "BracketRight"].indexOf(code);
  const latin = /^[a-z\u00c0-\u024f]$/i.test(key); // a letter on that key: ü, å
  if (written < 0 && (placed < 0 || latin)) return null;
  const shifted = written >= 0 ? written > 1 : shiftKey;
  const right = written >= 0 ? written % 2 === 1 : placed === 1;
  return { edge: shifted ? "start" : "end", way: right ? 1 : -1 };
}
