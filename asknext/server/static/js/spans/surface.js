/** The text that is marked: draws it with its marks, and finds places in it. */

/** @import {Mark} from "./marks.js" */
/** @import {Piece} from "./segments.js" */
/** @import {Points} from "./points.js" */

import { h, put } from "../dom.js";

/** @typedef {Mark & {tone: number, suggested: boolean, current: boolean}} Shown */

const CHOSEN = "asknext-chosen"; // the name under which css/forms.css colours what is chosen

/** Counts in points; the elements hold UTF-16 units in `data-at`. */
export class Surface {
  constructor() {
    this.element = h("p", { class: "passage marking", dir: "auto" });
    /** @type {Points | null} */
    this.points = null;
  }

  /**
   * @param {Points} points
   * @param {Shown[]} marks in order, without overlaps
   * @param {Piece[]} blank parts that nobody judges
   */
  draw(points, marks, blank) {
    this.points = points;
    /** @type {Node[]} */
    const parts = [];
    let here = 0;
    for (const mark of marks) {
      parts.push(...this.#plain(here, mark.start, blank), this.#mark(mark));
      here = mark.end;
    }
    put(this.element, ...parts, ...this.#plain(here, points.size, blank));
  }

  /** @param {number} start @param {number} end @param {Piece[]} blank */
  #plain(start, end, blank) {
    const edges = blank.flatMap((part) => [part.start, part.end]).filter((edge) => edge > start && edge < end);
    const places = [start, ...edges, end];
    return places.slice(1).flatMap((to, i) => {
      const from = places[i] ?? 0;
      const faint = blank.some((part) => part.start <= from && to <= part.end);
      return from < to ? [this.#piece("span", from, to, faint ? "faint" : null)] : [];
    });
  }

  /** @param {"span" | "mark"} tag @param {number} start @param {number} end @param {string | null} style */
  #piece(tag, start, end, style) {
    const points = /** @type {Points} */ (this.points);
    return h(tag, { "data-at": points.unit(start), class: style }, points.slice(start, end));
  }

  /** @param {Shown} mark */
  #mark({ start, end, label, tone, suggested, current }) {
    const style = ["mark", `tone-${tone}`, suggested && "mark-suggested", current && "mark-current"].filter(Boolean).join(" ");
    const name = h("span", { class: "mark-label", dir: "auto" }, label);
    return h("span", { class: style, "data-label": label, "data-start": start, "data-end": end }, this.#piece("mark", start, end, null), name);
  }

  /** @returns {HTMLElement[]} the pieces of text, in order */
  get #pieces() {
    return [...this.element.querySelectorAll("[data-at]")].map((piece) => /** @type {HTMLElement} */ (piece));
  }

  /**
   * @param {Node} node
   * @param {number} offset as a DOM range gives them
   * @returns {number} the point there
   */
  #point(node, offset) {
    const points = /** @type {Points} */ (this.points);
    const place = document.createRange();
    place.setStart(node, offset);
    let units = 0;
    for (const piece of this.#pieces) {
      const text = /** @type {Text} */ (piece.firstChild);
      const at = Number(piece.dataset.at);
      if (node === text) return points.point(at + offset);
      if (place.comparePoint(text, text.length) <= 0) units = at + text.length;
    }
    return points.point(units);
  }

  /** @returns {Piece | null} what the mouse or the finger has selected in the text */
  get selected() {
    const selection = document.getSelection();
    if (!selection?.rangeCount || selection.isCollapsed || !this.points) return null;
    const range = selection.getRangeAt(0);
    if (!this.element.contains(range.startContainer) && !this.element.contains(range.endContainer)) return null;
    const inside = document.createRange();
    inside.selectNodeContents(this.element);
    const before = range.compareBoundaryPoints(Range.START_TO_START, inside) < 0;
    const after = range.compareBoundaryPoints(Range.END_TO_END, inside) > 0;
    const start = before ? 0 : this.#point(range.startContainer, range.startOffset);
    const end = after ? this.points.size : this.#point(range.endContainer, range.endOffset);
    return start < end ? { start, end } : null;
  }

  /** @param {MouseEvent} event @returns {number | null} the point under the mouse or the finger */
  pointAt({ clientX, clientY, target }) {
    const inText = target instanceof Element && target.closest("[data-at]");
    const place = inText ? caretAt(clientX, clientY) : null;
    return place && this.element.contains(place.node) ? this.#point(place.node, place.offset) : null;
  }

  /**
   * @param {number} point
   * @param {boolean} [ends] at the end of a piece rather than before the next: labels lie between
   * @returns {[Text, number]} where a DOM range can begin, or end
   */
  #place(point, ends = false) {
    const unit = /** @type {Points} */ (this.points).unit(point);
    const piece = this.#pieces.findLast((one) => Number(one.dataset.at) <= unit - Number(ends));
    const text = /** @type {Text} */ (piece?.firstChild);
    return [text, Math.min(unit - Number(piece?.dataset.at), text.length)];
  }

  /** @param {Piece} piece @returns {Range} */
  #range({ start, end }) {
    const range = document.createRange();
    range.setStart(...this.#place(start));
    const [text, offset] = this.#place(end, true);
    range.setEnd(text, offset);
    return range;
  }

  /**
   * Show what is chosen: as a highlight where the browser has them, else as its selection.
   *
   * @param {Piece | null} chosen
   */
  choose(chosen) {
    const range = chosen && this.#range(chosen);
    if ("highlights" in CSS) {
      if (range) CSS.highlights.set(CHOSEN, new Highlight(range));
      else CSS.highlights.delete(CHOSEN);
    } else if (range) {
      document.getSelection()?.removeAllRanges();
      document.getSelection()?.addRange(range);
    }
  }

  /** Scroll so that a place can be seen. @param {Piece} piece */
  reveal(piece) {
    const [text] = this.#place(piece.start);
    const area = this.element.closest(".reading");
    if (!(area instanceof HTMLElement) || !text) return;
    const [own, box] = [this.#range(piece).getBoundingClientRect(), area.getBoundingClientRect()];
    const margin = 48;
    if (own.top < box.top + margin) area.scrollTop += own.top - box.top - margin;
    else if (own.bottom > box.bottom - margin) area.scrollTop += own.bottom - box.bottom + margin;
  }
}

/** @param {number} x @param {number} y @returns {{node: Node, offset: number} | null} */
function caretAt(x, y) {
  if ("caretPositionFromPoint" in document) {
    const place = document.caretPositionFromPoint(x, y);
    return place && { node: place.offsetNode, offset: place.offset };
  }
  const range = /** @type {any} */ (document).caretRangeFromPoint(x, y); // Safari
  return range && { node: range.startContainer, offset: range.startOffset };
}
