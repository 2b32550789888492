/** What changed between two texts, word by word; Chinese and Japanese character by character. */

/** @typedef {{kind: "same" | "gone" | "new", text: string}} Change */

const LARGEST = 4_000_000; // cells of the table; beyond, the middle counts as rewritten
const ALONE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const WORD = /^[\p{L}\p{N}'’]/u;

/** @param {string} character @returns {"blank" | "word" | "alone"} */
function kindOf(character) {
  if (/^\s/.test(character)) return "blank";
  return WORD.test(character) && !ALONE.test(character) ? "word" : "alone";
}

/**
 * Cut a text into what is compared: words, blanks, signs; what belongs to one emoji stays together.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function parts(text) {
  /** @type {string[]} */
  const found = [];
  let before = "alone";
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) {
    const kind = kindOf(segment);
    if (kind !== "alone" && kind === before) found[found.length - 1] += segment;
    else found.push(segment);
    before = kind;
  }
  return found;
}

/**
 * @param {string[]} old
 * @param {string[]} now
 * @returns {Uint16Array[]} [i][j]: length of the longest common run of old[i…] and now[j…]
 */
function table(old, now) {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  const at = (/** @type {number} */ i, /** @type {number} */ j) => rows[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    const row = /** @type {Uint16Array} */ (rows[i]);
    for (let j = now.length - 1; j >= 0; j--) {
      row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  return rows;
}

/** @param {string[]} old @param {string[]} now @returns {Change[]} */
function middle(old, now) {
  if (old.length * now.length > LARGEST) return [gone(old.join("")), fresh(now.join(""))];
  const rows = table(old, now);
  const at = (/** @type {number} */ i, /** @type {number} */ j) => rows[i]?.[j] ?? 0;
  /** @type {Change[]} */
  const changes = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      changes.push({ kind: "same", text: /** @type {string} */ (old[i++]) });
      j++;
    } else if (i < old.length && (j === now.length || at(i + 1, j) >= at(i, j + 1))) {
      changes.push(gone(/** @type {string} */ (old[i++])));
    } else changes.push(fresh(/** @type {string} */ (now[j++])));
  }
  return changes;
}

/** @param {string} text @returns {Change} */
const gone = (text) => ({ kind: "gone", text });

/** @param {string} text @returns {Change} */
const fresh = (text) => ({ kind: "new", text });

/** @param {string[]} a @param {string[]} b @returns {number} how many parts are alike at the start */
function alike(a, b) {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count++;
  return count;
}

/**
 * @param {string} before
 * @param {string} after
 * @returns {Change[]} runs of one kind; "same" and "gone" make up `before`, "same" and "new" `after`
 */
export function difference(before, after) {
  const [old, now] = [parts(before), parts(after)];
  const head = alike(old, now);
  const tail = alike(old.slice(head).reverse(), now.slice(head).reverse());
  /** @type {Change[]} */
  const all = [
    { kind: "same", text: old.slice(0, head).join("") },
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    { kind: "same", text: old.slice(old.length - tail).join("") },
  ];
  return runs(all.filter((change) => change.text));
}

/** @param {Change[]} changes @returns {Change[]} neighbours of one kind as one */
function runs(changes) {
  /** @type {Change[]} */
  const found = [];
  for (const { kind, text } of changes) {
    const last = found.at(-1);
    if (last?.kind === kind) last.text += text;
    else found.push({ kind, text });
  }
  return found;
}
