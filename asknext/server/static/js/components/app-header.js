/** The top of each page: where I am, where I can go, who I am, which language. */

import { h, icon, put } from "../dom.js";
import { language, switchLanguage, t } from "../i18n.js";
import { annotator } from "../prefs.js";
import { askName } from "./name-dialog.js";

/** `<app-header>`; set `place` once. */
export class AppHeader extends HTMLElement {
  /** @param {{title?: string, project?: string, current?: "annotate" | "dashboard"}} place */
  set place({ title, project, current }) {
    const home = h(
      "a",
      { class: "brand", href: "/", "aria-label": t("nav.home") },
      h("img", { src: "/static/icons/asknext.svg", alt: "", width: 28, height: 28 }),
      h("span", { class: title ? "brand-name wide-only" : "brand-name" }, "asknext"),
    );
    const where = title ? h("span", { class: "where", dir: "auto" }, title) : null;
    const skip = h("a", { class: "skip-link", href: "#main" }, t("nav.skip"));
    put(
      this,
      skip,
      h(
        "header",
        { class: "header" },
        home,
        where,
        project ? this.#tabs(project, current) : h("span", { class: "grow" }),
        project ? this.#name() : null,
        this.#language(),
      ),
    );
  }

  /** @param {string} project @param {string | undefined} current */
  #tabs(project, current) {
    const address = `/p/${encodeURIComponent(project)}`;
    const tab = (/** @type {string} */ name, /** @type {string} */ href, /** @type {string} */ drawing) =>
      h(
        "a",
        { class: "tab", href, "aria-current": name === current ? "page" : null },
        icon(drawing),
        h("span", { class: "tab-name" }, t(`nav.${name}`)),
      );
    return h(
      "nav",
      { class: "tabs", "aria-label": t("nav.project") },
      tab("annotate", address, "tag"),
      tab("dashboard", `${address}/dashboard`, "chart"),
    );
  }

  #name() {
    const label = t("name.button", { name: annotator() });
    return h(
      "button",
      { class: "quiet", type: "button", title: label, "aria-label": label, onclick: askName },
      icon("user"),
      h("span", { class: "wide-only clip" }, annotator()),
    );
  }

  #language() {
    const other = language === "en" ? "zh" : "en";
    return h(
      "button",
      { class: "quiet", type: "button", lang: other, onclick: switchLanguage },
      icon("globe"),
      t("nav.other-language"),
    );
  }
}

customElements.define("app-header", AppHeader);
