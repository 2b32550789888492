/** In which order two answers stand: drawn by chance for each question, and the same ever after. */

import { remember, remembered } from "./prefs.js";

/** @returns {string} a random word of this browser, so that two people get orders of their own */
function salt() {
  const known = remembered("salt");
  if (known) return known;
  const fresh = crypto.randomUUID();
  remember("salt", fresh);
  return fresh;
}

const SALT = salt();

/** @param {string} text @returns {number} 32 bits that look random (FNV-1a, mixed as in MurmurHash3) */
function digest(text) {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * @param {string} id of the question
 * @param {string} [by] whose chance it is
 * @returns {["a", "b"] | ["b", "a"]} the fields in the order of the screen
 */
export const orderOf = (id, by = SALT) => (digest(`${by} ${id}`) < 0x80000000 ? ["a", "b"] : ["b", "a"]);
