/** A page of what takes seconds to work out: the last finding, what it speaks of, a newer one on demand. */

/** @import {Finding, Project} from "../types.js" */

import { getProject } from "../api.js";
import { AppHeader } from "../components/app-header.js";
import { announce, errorBox } from "../components/notice.js";
import { h, icon, put, root } from "../dom.js";
import { saidError } from "../errors.js";
import { t } from "../i18n.js";
import { Live } from "../live.js";

const PAUSE = 1_000; // milliseconds between two looks at what is being worked out
const PAGES = /** @type {const} */ (["evidence", "errors"]);
const LEADS = { evidence: "evidence.lead", errors: "errors.lead" };

/** @template T what is found */
export class FindingPage {
  /**
   * @param {"evidence" | "errors"} page
   * @param {(project: string) => Promise<Finding<T>>} read
   * @param {(found: T | null, project: Project) => Promise<Node[]>} draw
   */
  constructor(page, read, draw) {
    this.page = page;
    this.read = read;
    this.draw = draw;
    this.name = decodeURIComponent(location.pathname.split("/")[2] ?? "");
    this.live = new Live(this.name);
    this.line = h("div", { class: "found-line", tabindex: -1, id: "found-line" });
    this.body = h("div", { class: "found" });
    /** @type {Project | undefined} */
    this.project = undefined;
    /** @type {Finding<T> | undefined} */
    this.finding = undefined;
    this.looking = false;
    /** @type {number | undefined} answers there were when the finding was asked for */
    this.answers = undefined;
    this.live.addEventListener("status", () => this.#onStatus());
  }

  async open() {
    try {
      this.project = await getProject(this.name);
    } catch (error) {
      const way = h("a", { class: "button", href: "/" }, t("nav.projects"));
      const main = h("main", { class: "page", id: "main" }, h("h1", {}, t("error.title")), errorBox(error, () => void this.open()), way);
      put(root(), Object.assign(new AppHeader(), { place: {} }), main);
      return;
    }
    const title = this.project.settings.title || this.name;
    const heading = t(`nav.${this.page}`);
    document.title = `${heading} · ${title} · asknext`;
    const header = Object.assign(new AppHeader(), { place: { title, project: this.name } });
    const lead = h("p", { class: "lead" }, t(LEADS[this.page]));
    const main = h("main", { class: "page wide", id: "main" });
    put(main, h("div", { class: "page-head" }, h("h1", {}, heading), otherPages(this.name, this.page)), lead, this.line, this.body);
    put(root(), header, main);
    this.live.open();
    await this.look();
  }

  /** Show the last finding at once, then the next one that is finished. */
  async look() {
    if (this.looking) return;
    this.looking = true;
    this.answers = this.live.status?.counts.answers;
    try {
      let now = await this.read(this.name);
      if (now.found || now.state !== "working") await this.#show(now);
      const before = now.of;
      while (now.state === "working" && now.of === before) {
        this.#tell(now);
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        now = await this.read(this.name);
      }
      if (now !== this.finding) await this.#show(now);
      this.looking = false;
      this.#tell(now);
      announce(this.line.textContent ?? "");
    } catch (error) {
      this.looking = false;
      put(this.line, errorBox(error, () => void this.look()));
    }
  }

  /** @param {Finding<T>} finding */
  async #show(finding) {
    const before = this.finding;
    this.finding = finding;
    const same = before && JSON.stringify(before.found) === JSON.stringify(finding.found);
    if (same && before.state !== "failed") return;
    // After a failure nothing is known, not even that answers are few.
    const failed = !finding.found && finding.state === "failed";
    put(this.body, ...(failed ? [] : await this.draw(finding.found, /** @type {Project} */ (this.project))));
  }

  /** Say what the finding speaks of, and whether there is more by now. @param {Finding<T>} finding */
  #tell({ state, of, error, found }) {
    const words = found ? t("found.of", { count: of }) : "";
    if (this.looking) {
      const more = t(found ? "found.newer" : "found.working");
      put(this.line, h("p", { role: "status" }, words, " ", more), h("span", { class: "spinner", "aria-hidden": "true" }));
      return;
    }
    const { status } = this.live;
    const given = (status?.counts.answers ?? 0) - (this.answers ?? Infinity);
    const since = Math.max(given, (status?.model.answers ?? 0) - of, 0);
    const again = h("button", { class: "button", type: "button", onclick: () => this.#again() }, icon("undo"), t("found.again"));
    const why = h("p", { class: "grow" }, `${t("found.failed")} ${saidError(error)}`);
    const failed = h("div", { class: "box bad", role: "alert" }, icon("alert"), why);
    const news = h("p", {}, words, since ? ` ${t("found.since", { count: since })}` : "");
    put(this.line, state === "failed" ? failed : null, words ? news : null, since || state === "failed" ? again : null);
  }

  #again() {
    this.line.focus();
    void this.look();
  }

  #onStatus() {
    this.answers ??= this.live.status?.counts.answers;
    if (this.looking || !this.finding) return;
    // Labels that came before their vectors make no finding until there is a model.
    const { of, state } = this.finding;
    if (!of && state !== "failed" && this.live.status?.model.answers) void this.look();
    else this.#tell(this.finding);
  }
}

/** Links to the pages beside this one. @param {string} project @param {string} [current] @returns {HTMLElement} */
export function otherPages(project, current) {
  const links = PAGES.filter((page) => page !== current).map((page) =>
    h("a", { class: "button", href: `/p/${encodeURIComponent(project)}/${page}` }, icon(page === "evidence" ? "check" : "search"), t(`nav.${page}`)),
  );
  return h("nav", { class: "page-links", "aria-label": t("nav.findings") }, ...links);
}

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
