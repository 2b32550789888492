/** Page: one text at a time, one key for each answer. */

/** @import {AnswerPad} from "../components/answer-pad.js" */
/** @import {Action, Project} from "../types.js" */

import { Annotation } from "../annotate/annotation.js";
import { Desk } from "../annotate/desk.js";
import { showHelp } from "../annotate/help.js";
import { writeNote } from "../annotate/note.js";
import { ApiError, getProject } from "../api.js";
import { AppHeader } from "../components/app-header.js";
import { PADS } from "../components/pads.js";
import { errorBox, sentence, toast } from "../components/notice.js";
import { h, put, root } from "../dom.js";
import { t } from "../i18n.js";
import { commandOf, keyOf } from "../keys.js";
import { Live } from "../live.js";
import { openOutbox } from "../outbox-browser.js";
import { annotator } from "../prefs.js";

/** @typedef {import("../keys.js").Command} Command */

const name = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const first = new URLSearchParams(location.search).get("example") ?? "";

/** Ties keys and buttons to the work. */
class Page {
  /** @param {Project} project @param {AnswerPad} pad @param {Annotation} work */
  constructor(project, pad, work) {
    this.project = project;
    this.work = work;
    this.desk = new Desk(project, pad, (command) => this.run(command));
    work.addEventListener("question", () => this.#onQuestion());
    work.addEventListener("change", () => this.desk.show(work));
    work.addEventListener("unsafe", () => toast(t("error.storage")));
    work.outbox.addEventListener("refused", (event) => this.#onRefused(event));
    pad.addEventListener("choose", (event) => this.#answer("label", detail(event)));
    this.desk.strip.addEventListener("revisit", (event) => work.revisit(detail(event)));
    this.desk.panel.addEventListener("closed", () => this.desk.reading.focus());
    addEventListener("keydown", (event) => this.#onKey(event));
    // A mouse press leaves focus on the button, where Enter would press it again.
    addEventListener("click", (event) => markPressed(event), { capture: true });
  }

  #onQuestion() {
    this.desk.showQuestion(this.work);
    if (first && this.work.question?.id !== first) history.replaceState(null, "", location.pathname);
    const { panel } = this.desk;
    if (panel.open === "why" && this.work.question) void panel.showWhy(name, this.work.question);
  }

  /** @param {Event} event */
  #onRefused(event) {
    const { error } = detail(event);
    toast(t("error.refused", { detail: sentence(error) }));
  }

  /** @param {Action} action @param {unknown} [value] */
  #answer(action, value = null) {
    const suggested = this.desk.suggestionFor(this.work.question) !== null;
    void this.work.answer(action, value, { suggested, shown: this.desk.pad.shown });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]") || isWriting(event.target)) return;
    if (event.key === "Enter" && isPressable(event.target)) return;
    if (this.desk.pad.press(event) || event.repeat) return;
    const undoing = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    const key = undoing ? "z" : keyOf(event);
    if (key === "Escape") return this.#escape();
    const command = key === null ? null : commandOf(key);
    if (!command) return;
    event.preventDefault();
    this.run(command);
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
      skip: () => this.#answer("skip"),
      unsure: () => this.#answer("unsure"),
      flag: () => this.#answer("flag"),
      note: () => this.#note(),
      undo: () => work.undo(),
      guidelines: () => this.#panel("guidelines"),
      why: () => this.#panel("why"),
      suggestion: () => this.#suggestion(),
      help: () => showHelp(desk.pad.help()),
    };
    deeds[command]();
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

/** Fields that keep the keys to themselves. @param {EventTarget | null} target */
const isWriting = (target) =>
  target instanceof HTMLElement && target.matches("input:not([data-keys]), textarea, select, [contenteditable]");

/** What Enter presses; not what a mouse has pressed, where the focus is by accident. @param {EventTarget | null} target */
const isPressable = (target) =>
  target instanceof Element && target.closest("button:not([data-pressed]), a") !== null;

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
  const Pad = PADS[project.form.kind];
  if (!Pad) throw new Error(t("error.form", { kind: project.form.kind }));
  const page = new Page(project, new Pad(), work);
  page.desk.main.prepend(h("h1", { class: "only-heard", dir: "auto" }, title));
  put(root(), header, page.desk.main);
  live.open();
  await work.start(first);
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
