/** Page: one text at a time, one key for each answer. */

/** @import {Action, Project} from "../types.js" */

import { Annotation } from "../annotate/annotation.js";
import { Desk } from "../annotate/desk.js";
import { showHelp } from "../annotate/help.js";
import { writeNote } from "../annotate/note.js";
import { ApiError, getProject } from "../api.js";
import { AppHeader } from "../components/app-header.js";
import { errorBox, sentence, toast } from "../components/notice.js";
import { h, put, root } from "../dom.js";
import { t } from "../i18n.js";
import { keyOf, meaning } from "../keys.js";
import { Live } from "../live.js";
import { openOutbox } from "../outbox-browser.js";
import { annotator } from "../prefs.js";

/** @typedef {import("../keys.js").Command} Command */

const name = decodeURIComponent(location.pathname.split("/")[2] ?? "");

/** Ties keys and buttons to the work. */
class Page {
  /** @param {Project} project @param {Annotation} work */
  constructor(project, work) {
    this.project = project;
    this.work = work;
    this.desk = new Desk(project, (command) => this.run(command));
    work.addEventListener("question", () => this.#onQuestion());
    work.addEventListener("change", () => this.desk.show(work));
    work.addEventListener("unsafe", () => toast(t("error.storage")));
    work.outbox.addEventListener("refused", (event) => this.#onRefused(event));
    this.desk.pad.addEventListener("choose", (event) => this.#label(detail(event)));
    this.desk.strip.addEventListener("revisit", (event) => work.revisit(detail(event)));
    this.desk.panel.addEventListener("closed", () => this.desk.reading.focus());
    addEventListener("keydown", (event) => this.#onKey(event));
    // A mouse press leaves focus on the button, where Enter would press it again.
    addEventListener("click", (event) => markPressed(event), { capture: true });
  }

  #onQuestion() {
    this.desk.showQuestion(this.work);
    const { panel } = this.desk;
    if (panel.open === "why" && this.work.question) void panel.showWhy(name, this.work.question);
  }

  /** @param {Event} event */
  #onRefused(event) {
    const { error } = detail(event);
    toast(t("error.refused", { detail: sentence(error) }));
  }

  /** @param {string} label */
  #label(label) {
    const { question } = this.work;
    const suggested = this.desk.suggestionFor(question) !== null;
    void this.work.answer("label", label, suggested);
  }

  /** @param {Action} action */
  #other(action) {
    const suggested = this.desk.suggestionFor(this.work.question) !== null;
    void this.work.answer(action, null, suggested);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.defaultPrevented || event.repeat || event.isComposing) return;
    if (document.querySelector("dialog[open]") || isWriting(event.target)) return;
    const undoing = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    const key = undoing ? "z" : keyOf(event);
    if (key === "Escape") return this.#escape();
    if (key === "Enter" && event.target instanceof Element && event.target.closest("button, a")) return;
    const wish = key === null ? null : meaning(key, this.desk.pad.keys);
    if (!wish) return;
    event.preventDefault();
    if ("command" in wish) this.run(wish.command);
    else this.#label(/** @type {string} */ (this.desk.pad.labels[wish.label]));
  }

  #escape() {
    if (this.desk.panel.open) this.desk.panel.close();
    else void this.work.keepAnswer();
  }

  /** @param {Command} command */
  run(command) {
    const { desk, work } = this;
    /** @type {Record<Command, () => unknown>} */
    const deeds = {
      skip: () => this.#other("skip"),
      unsure: () => this.#other("unsure"),
      flag: () => this.#other("flag"),
      note: () => this.#note(),
      undo: () => work.undo(),
      guidelines: () => this.#panel("guidelines"),
      why: () => this.#panel("why"),
      suggestion: () => this.#suggestion(),
      help: () => showHelp(desk.pad.labels, desk.pad.keys),
      filter: () => desk.pad.openFilter(),
      accept: () => this.#accept(),
    };
    deeds[command]();
  }

  #accept() {
    const suggestion = this.desk.suggestionFor(this.work.question);
    if (suggestion) this.#label(suggestion.value);
  }

  #suggestion() {
    this.desk.toggleSuggestion();
    this.desk.show(this.work);
  }

  /** @param {"guidelines" | "why"} which */
  #panel(which) {
    const { panel } = this.desk;
    if (panel.open === which) return panel.close();
    if (which === "guidelines") panel.showGuidelines(this.project.settings.guidelines);
    else if (this.work.question) void panel.showWhy(name, this.work.question);
  }

  async #note() {
    if (!this.work.question) return;
    const note = await writeNote(this.work.note);
    if (note !== null) this.work.setNote(note);
    this.desk.reading.focus();
  }
}

/** @param {Event} event @returns {any} */
const detail = (event) => /** @type {CustomEvent} */ (event).detail;

/** @param {EventTarget | null} target */
const isWriting = (target) =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** @param {MouseEvent} event */
function markPressed(event) {
  document.querySelector("[data-pressed]")?.removeAttribute("data-pressed");
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button && event.detail > 0) button.dataset.pressed = "";
}

/** @param {Project} project */
async function begin(project) {
  const title = project.settings.title || project.settings.name;
  document.title = `${title} · asknext`;
  const header = Object.assign(new AppHeader(), { place: { title, project: name, current: "annotate" } });
  const outbox = await openOutbox();
  const live = new Live(name);
  const work = new Annotation({ project: name, who: annotator(), outbox, live });
  const page = new Page(project, work);
  page.desk.main.prepend(h("h1", { class: "only-heard", dir: "auto" }, title));
  put(root(), header, page.desk.main);
  if (project.form.kind !== "choice") return put(page.desk.text, t("error.form", { kind: project.form.kind }));
  live.open();
  await work.start();
}

async function load() {
  try {
    await begin(await getProject(name));
  } catch (error) {
    const gone = error instanceof ApiError && error.status === 404;
    const header = Object.assign(new AppHeader(), { place: {} });
    const way = h("a", { class: "button", href: "/" }, t("nav.projects"));
    const box = errorBox(error, gone ? undefined : () => void load());
    put(root(), header, h("main", { class: "page", id: "main" }, h("h1", {}, t("error.title")), box, way));
  }
}

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // the live line and the leases of a stored page are old
});
void load();
