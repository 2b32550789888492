/**
 * Two ways to count a text: the store counts Unicode code points, JavaScript counts UTF-16 units.
 * An emoji is one or more points, each of them two units.
 */

/** Converts places in one text between points and units. */
export class Points {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    const units = [0];
    for (const point of text) units.push(/** @type {number} */ (units.at(-1)) + point.length);
    /** @type {Uint32Array} the unit at which each point begins, and the end of the text */
    this.units = Uint32Array.from(units);
  }

  /** @returns {number} the length of the text in points */
  get size() {
    return this.units.length - 1;
  }

  /** @param {number} point @returns {number} the unit at which a point begins */
  unit(point) {
    return this.units[Math.max(0, Math.min(point, this.size))] ?? 0;
  }

  /**
   * @param {number} unit
   * @returns {number} the point that holds a unit; the second half of a pair counts as its first
   */
  point(unit) {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.units[middle] ?? 0) <= unit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** @param {number} start @param {number} end both in points @returns {string} */
  slice(start, end) {
    return this.text.slice(this.unit(start), this.unit(end));
  }
}
