/** The annotation screen: its parts, and how they show the state of the work. */

/** @import {Project, Question} from "../types.js" */
/** @import {AnswerPad, PadState} from "../components/answer-pad.js" */
/** @import {Annotation, Phase} from "./annotation.js" */

import { AnswerStrip, answerName } from "../components/answer-strip.js";
import { announce, sentence } from "../components/notice.js";
import { SidePanel } from "../components/side-panel.js";
import { StatusLine } from "../components/status-line.js";
import { h, icon, keycap, put } from "../dom.js";
import { saidError } from "../errors.js";
import { percent, span, t } from "../i18n.js";
import { COMMANDS } from "../keys.js";
import { remember, remembered } from "../prefs.js";

/** @typedef {import("../keys.js").Command} Command */

const DRAWINGS = /** @type {const} */ ({
  skip: "skip",
  unsure: "unsure",
  flag: "flag",
  note: "note",
  undo: "undo",
  suggestion: "spark",
  guidelines: "book",
  why: "why",
  help: "keyboard",
});

/** Holds the elements; `show` brings them up to date with an Annotation. */
export class Desk {
  /**
   * @param {Project} project
   * @param {AnswerPad} pad the form that the project's task asks for
   * @param {(command: Command) => void} onCommand
   */
  constructor(project, pad, onCommand) {
    this.project = project;
    this.pad = pad;
    this.strip = new AnswerStrip();
    this.panel = new SidePanel();
    this.strip.kind = this.panel.kind = project.form.kind;
    this.line = new StatusLine();
    this.suggest = remembered("suggest") !== "hidden";
    this.text = h("div", { class: "text", id: "text" });
    this.reading = h(
      "section",
      { class: "reading", id: "reading", tabindex: 0, "aria-label": t("annotate.text") },
      this.text,
    );
    this.buttons = new Map(
      Object.entries(DRAWINGS).map(([name, drawing]) => [
        name,
        this.#commandButton(/** @type {Command} */ (name), drawing, onCommand),
      ]),
    );
    this.main = this.#layout();
    this.main.dataset.form = project.form.kind;
    this.pad.build(project.form);
  }

  #layout() {
    const of = (/** @type {Command[]} */ ...names) =>
      names.map((name) => /** @type {HTMLElement} */ (this.buttons.get(name)));
    const answers = h(
      "div",
      { class: "commands", role: "group", "aria-label": t("annotate.other-answers") },
      ...of("skip", "unsure", "flag", "note", "undo"),
    );
    const tools = h(
      "div",
      { class: "commands tools", role: "group", "aria-label": t("annotate.tools") },
      ...of("suggestion", "guidelines", "why", "help"),
    );
    const pad = h("section", { class: "pad", "aria-label": t("annotate.answer") });
    pad.append(this.pad, answers);
    const rail = h("aside", { class: "rail", "aria-label": t("annotate.last") }, this.strip);
    return h("main", { class: "desk", id: "main", tabindex: -1 }, tools, this.reading, pad, rail, this.panel, this.line);
  }

  /** @param {Command} name @param {string} drawing @param {(command: Command) => void} onCommand */
  #commandButton(name, drawing, onCommand) {
    return h(
      "button",
      {
        type: "button",
        class: "command",
        "data-command": name,
        "aria-keyshortcuts": COMMANDS[name],
        title: `${t(`annotate.${name}`)} (${COMMANDS[name]})`,
        onclick: () => onCommand(name),
      },
      icon(drawing),
      h("span", { class: "command-name" }, t(`annotate.${name}`)),
      keycap(COMMANDS[name]),
    );
  }

  /** @param {Annotation} work */
  show(work) {
    const { question } = work;
    this.main.dataset.phase = work.phase;
    this.main.dataset.waiting = String(work.buffer.waiting.length);
    this.main.dataset.model = String(work.buffer.waiting[0]?.model ?? "");
    this.main.dataset.next = work.buffer.waiting.map((waiting) => waiting.id).join(" ");
    if (!question) this.#showState(work);
    this.pad.show(this.#state(work));
    this.strip.show(work.given, work.revisited);
    const { outbox, live } = work;
    const { unsent, refused, trouble } = outbox;
    this.line.show({ status: live.status, unsent, refused, trouble, connected: live.connected });
    this.#showButtons(work);
  }

  /** @param {Annotation} work @returns {PadState} */
  #state({ question, before }) {
    const suggestion = this.suggestionFor(question);
    return { question, suggestion, given: before?.value ?? null, enabled: question !== null };
  }

  /** @param {Annotation} work */
  #showButtons(work) {
    for (const name of /** @type {const} */ (["skip", "unsure", "flag", "note", "why"])) {
      this.#button(name).disabled = work.question === null;
    }
    this.#button("undo").disabled = work.given.length === 0;
    this.#button("note").classList.toggle("on", work.note !== "");
    this.#button("suggestion").setAttribute("aria-pressed", String(this.suggest));
  }

  /** @param {Command} name @returns {HTMLButtonElement} */
  #button(name) {
    return /** @type {HTMLButtonElement} */ (this.buttons.get(name));
  }

  /** @param {Question | null} question */
  suggestionFor(question) {
    return this.suggest && question ? question.suggestion : null;
  }

  /** Show or hide suggestions, and remember the choice. */
  toggleSuggestion() {
    this.suggest = !this.suggest;
    remember("suggest", this.suggest ? "shown" : "hidden");
    announce(t(this.suggest ? "annotate.suggestions-on" : "annotate.suggestions-off"));
  }

  /** Put another text on the screen and say so to those who listen. @param {Annotation} work */
  showQuestion(work) {
    const { question } = work;
    if (!question) return;
    this.main.dataset.example = question.id;
    const words = this.pad.spoken(question);
    this.text.dataset.size = words.length < 120 ? "short" : words.length < 600 ? "medium" : "long";
    put(this.text, this.#reminder(work), ...this.pad.passages({ ...this.#state(work), question }));
    this.reading.scrollTop = 0;
    this.#settleFocus();
    announce(t("annotate.next-text", { text: words }));
  }

  /** Say why a question is on the screen that is no turn of the queue. @param {Annotation} work */
  #reminder(work) {
    const { revisited, opened } = work;
    if (!revisited && !opened) return null;
    // Where there is no Esc key, as on a phone, this is the way back.
    const back = h("button", { type: "button", class: "button", onclick: () => void work.keepAnswer() }, t("annotate.back"));
    const said = revisited
      ? t("annotate.revisited", { answer: answerName(revisited, this.project.form.kind) })
      : t("annotate.opened");
    return h("div", { class: "revisited" }, icon(revisited ? "undo" : "search"), h("p", {}, said), back);
  }

  /** Focus stays where the person put it, except on what a mouse has pressed. */
  #settleFocus() {
    const active = document.activeElement;
    if (active === document.body || active === null || active.matches("[data-pressed]")) {
      (this.pad.start ?? this.reading).focus({ preventScroll: true });
    }
  }

  /** @param {Annotation} work */
  #showState(work) {
    delete this.main.dataset.example;
    const state = h("div", { class: "state", role: "status" });
    put(state, ...this.#stateContent(work));
    delete this.text.dataset.size;
    put(this.text, state);
  }

  /** @param {Annotation} work @returns {(Node | null)[]} */
  #stateContent(work) {
    const { phase, live, outbox } = work;
    const dashboard = `/p/${encodeURIComponent(this.project.settings.name)}/dashboard`;
    const again = h("button", { class: "button", type: "button", onclick: () => void work.again() }, t("action.retry"));
    /** @type {Record<Exclude<Phase, "question">, () => (Node | null)[]>} */
    const contents = {
      loading: () => [h("p", { class: "hint" }, t("state.loading"))],
      waiting: () => [...heading("spark", "state.waiting"), encodingProgress(work)],
      held: () => [...heading("user", "state.held"), again],
      done: () => [
        ...heading("party", "state.done"),
        h("a", { class: "button primary", href: dashboard }, icon("chart"), t("state.to-dashboard")),
      ],
      offline: () => [
        ...heading("offline", "state.offline"),
        outbox.unsent ? h("p", {}, t("state.kept", { count: outbox.unsent })) : null,
        again,
      ],
      error: () => [...heading("alert", "state.error"), h("p", {}, sentence(work.error)), again],
    };
    if (phase === "waiting" && live.status?.encoding.state === "error") {
      const detail = live.status.encoding.error ?? "";
      return [...heading("alert", "state.encoding-error"), h("p", { dir: "auto" }, saidError(detail)), again];
    }
    return phase === "question" ? [] : contents[phase]();
  }
}

/** @param {string} drawing @param {string} key */
const heading = (drawing, key) => [
  h("div", { class: "state-icon" }, icon(drawing)),
  h("h2", {}, t(key)),
  h("p", { class: "hint" }, t(`${key}-hint`)),
];

/** @param {Annotation} work */
function encodingProgress({ live }) {
  const encoding = live.status?.encoding;
  if (!encoding?.total) return null;
  const share = encoding.done / encoding.total;
  const left = encoding.seconds_left ? t("state.time-left", { left: span(encoding.seconds_left) }) : "";
  return h(
    "div",
    { class: "state-progress" },
    h("progress", { max: 1, value: share, "aria-label": t("state.waiting") }),
    h("p", { class: "hint" }, [percent(share), left].filter(Boolean).join(" · ")),
  );
}
