/** What this browser remembers: language, name, whether suggestions are shown. */

/** @param {string} name @returns {string | null} */
export function remembered(name) {
  try {
    return localStorage.getItem(`asknext.${name}`);
  } catch {
    return null; // storage is switched off; the app works without memory
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`asknext.${name}`, value);
  } catch {
    // storage is switched off; the choice holds until the page is left
  }
}

/** @returns {string} the annotator's name */
export const annotator = () => remembered("who")?.trim() || "me";
