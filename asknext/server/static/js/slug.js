/** A project's short name, made from what people type: letters a–z, digits, - and _. */

const LONGEST = 56; // of 64; leaves room for "-2", "-3" …

/**
 * @param {string} title
 * @returns {string} never empty; a title without any such letter gives "project"
 */
export function slug(title) {
  const plain = title.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const kept = plain.replace(/[^a-z0-9_]+/g, "-").replace(/^-+|-+$/g, "");
  return kept.slice(0, LONGEST).replace(/-+$/, "") || "project";
}

/**
 * @param {string} file
 * @returns {string} the file's name without folder and ending
 */
export const stem = (file) => (file.split(/[\\/]/).at(-1) ?? "").replace(/\.[^.]+$/, "");

/**
 * Split what was typed or pasted into labels: one per line, trimmed, each once.
 *
 * @param {string} typed
 * @returns {string[]}
 */
export const linesOf = (typed) =>
  [...new Set(typed.split(/\r?\n/).map((line) => line.trim()))].filter(Boolean);
