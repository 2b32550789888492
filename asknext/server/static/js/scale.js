/** Numbers on a scale: the steps of a slider, and what people type. */

/** @typedef {{low: number, high: number, step: number}} Scale */

/** @param {number} value @returns {number} digits after the point */
const digits = (value) => (String(value).split("e-")[1] ? 10 : (String(value).split(".")[1] ?? "").length);

/** @param {Scale} scale @param {number} value @returns {number} kept on the scale, without dust such as 0.30000000000000004 */
export function kept({ low, high, step }, value) {
  const places = Math.min(10, Math.max(digits(low), digits(high), digits(step)));
  return Number(Math.min(high, Math.max(low, value)).toFixed(places));
}

/** @param {Scale} scale @param {number} value @returns {number} the nearest step */
export const onStep = (scale, value) =>
  kept(scale, scale.low + Math.round((value - scale.low) / scale.step) * scale.step);

/**
 * Go by steps. From between two steps the first one leads to the next.
 *
 * @param {Scale} scale
 * @param {number} from
 * @param {number} steps negative to go down
 * @returns {number}
 */
export function stepped(scale, from, steps) {
  const exact = (from - scale.low) / scale.step;
  const near = Math.round(exact);
  const here = Math.abs(exact - near) < 1e-6 ? near : steps > 0 ? Math.floor(exact) : Math.ceil(exact);
  return kept(scale, scale.low + (here + steps) * scale.step);
}

/**
 * Read a number as people type it: full-width digits and a comma for the point are understood.
 *
 * @param {string} typed
 * @returns {number} NaN where it is none
 */
export function typedNumber(typed) {
  const plain = typed.normalize("NFKC").trim().replace("−", "-").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** @param {Scale} scale @param {number} value @returns {boolean} */
export const isOn = ({ low, high }, value) => value >= low && value <= high;
