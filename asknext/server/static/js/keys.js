/** One key per decision: which keys labels get, and which command a key stands for. */

/** Keys of the commands. Letters used here are never given to a label. */
export const COMMANDS = /** @type {const} */ ({
  skip: "s",
  unsure: "u",
  flag: "f",
  note: "n",
  undo: "z",
  guidelines: "g",
  why: "w",
  suggestion: "h",
  help: "?",
});

/** Keys inside the forms that answers are given with. */
export const FORM_KEYS = /** @type {const} */ ({ filter: "/", give: "Enter", part: "o" });

/** @typedef {keyof typeof COMMANDS} Command */

const DIGITS = "1234567890";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";
const ALIASES = /** @type {Record<string, Command>} */ ({ F1: "help", "!": "flag" });
// The same keys while a Chinese input method is on.
const WIDE = /** @type {Record<string, string>} */ ({ "\uff1f": "?", "\uff01": "!", "\uff0f": "/", "\u3001": "/" });
/** @type {Set<string>} */
const TAKEN = new Set(Object.values(COMMANDS));

/**
 * Give each label a key: 1 to 9, 0, then the first free letter of its own name, then any free
 * letter; null when all are given away.
 *
 * @param {readonly string[]} labels
 * @param {string} [reserved] letters that the form needs for itself
 * @returns {(string | null)[]}
 */
export function labelKeys(labels, reserved = "") {
  const free = new Set([...ALPHABET].filter((letter) => !TAKEN.has(letter) && !reserved.includes(letter)));
  return labels.map((label, place) => {
    if (place < DIGITS.length) return /** @type {string} */ (DIGITS[place]);
    const own = [...label.toLowerCase()].find((letter) => free.has(letter));
    const key = own ?? [...free][0] ?? null;
    if (key) free.delete(key);
    return key;
  });
}

/**
 * Read the key of an event, whatever the keyboard's script; null for a shortcut of the browser.
 *
 * @param {{key: string, code?: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean}} event
 * @returns {string | null}
 */
export function keyOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key.length !== 1) return event.key;
  if (event.key >= " " && event.key <= "~") return event.key.toLowerCase();
  const place = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code ?? "");
  return place?.[1]?.toLowerCase() ?? WIDE[event.key] ?? null;
}

/**
 * Say which command a key stands for.
 *
 * @param {string} key what `keyOf` gave
 * @returns {Command | null}
 */
export function commandOf(key) {
  if (Object.hasOwn(ALIASES, key)) return /** @type {Command} */ (ALIASES[key]);
  const found = Object.entries(COMMANDS).find(([, command]) => command === key);
  return found ? /** @type {Command} */ (found[0]) : null;
}

/**
 * Find labels by what was typed: those that start with it first, then those that contain it.
 *
 * @param {readonly string[]} labels
 * @param {string} typed
 * @returns {number[]} places of the labels
 */
export function matching(labels, typed) {
  const needle = typed.trim().toLowerCase();
  const places = labels.map((_, place) => place);
  if (!needle) return places;
  const name = (/** @type {number} */ place) => (labels[place] ?? "").toLowerCase();
  const starts = places.filter((place) => name(place).startsWith(needle));
  const inside = places.filter((place) => !starts.includes(place) && name(place).includes(needle));
  return [...starts, ...inside];
}
