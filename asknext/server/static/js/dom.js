/** Build elements. Text always goes in as text, never as HTML. */

/**
 * @typedef {string | number | Node | null | undefined | false} Child
 */

/**
 * Make an element: `on…` attributes become listeners, `class`, `data-…` and `aria-…` attributes,
 * true and false switch boolean attributes, null leaves one out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  put(element, ...children);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {unknown} value
 */
function setAttribute(element, name, value) {
  if (typeof value === "function") {
    element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  } else if (name === "value" || name === "checked") {
    /** @type {any} */ (element)[name] = value;
  } else if (value === true) {
    element.setAttribute(name, "");
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, String(value));
  }
}

/**
 * Replace what an element holds.
 *
 * @template {Element} E
 * @param {E} element
 * @param {...(Child | Child[])} children
 * @returns {E}
 */
export function put(element, ...children) {
  const kept = children.flat().filter((c) => c !== null && c !== undefined && c !== false);
  element.replaceChildren(...kept.map((c) => (c instanceof Node ? c : String(c))));
  return element;
}

/**
 * Make a drawing from static/icons; it says nothing to a screen reader.
 *
 * @param {string} name
 * @returns {HTMLElement}
 */
export const icon = (name) => h("span", { class: `icon icon-${name}`, "aria-hidden": "true" });

/**
 * Make the picture of a key.
 *
 * @param {string} key
 * @returns {HTMLElement}
 */
export const keycap = (key) => h("kbd", { class: "key", "aria-hidden": "true" }, key);

/** @returns {HTMLElement} the element that a page fills */
export function root() {
  return /** @type {HTMLElement} */ (document.getElementById("app"));
}
