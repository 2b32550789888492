/** The form that makes a project: file, columns, labels, settings, create. */

/** @import {BadRow, Upload} from "../types.js" */

import { ApiError, createProject } from "../api.js";
import { choice, field } from "../components/fields.js";
import { FileDrop } from "../components/file-drop.js";
import { errorBox } from "../components/notice.js";
import { SettingsFields, USUAL } from "../components/settings-fields.js";
import { h, icon, put } from "../dom.js";
import { t } from "../i18n.js";
import { slug, stem } from "../slug.js";
import { badRowsBox } from "./bad-rows.js";
import { ColumnChoice } from "./columns.js";
import { TaskChoice, kindOf } from "./task-choice.js";
import { TaskNeeds } from "./task-needs.js";

const USES = /** @type {const} */ (["seed", "gold", "meta"]);
const ATTEMPTS = 50; // names tried: reviews, reviews-2, reviews-3 …

/** @typedef {(typeof USES)[number]} Use */

/** Holds the parts; the form grows once a file is here. */
export class Wizard {
  constructor() {
    this.drop = new FileDrop();
    this.task = new TaskChoice();
    this.columns = new ColumnChoice();
    this.needs = new TaskNeeds();
    this.settings = new SettingsFields(USUAL, "classification");
    this.title = h("input", { class: "field", required: true, maxlength: 120, autocomplete: "off", dir: "auto" });
    this.encoder = choice(["auto", "minilm", "tfidf"].map((name) => [name, t(`encoder.${name}`)]), "auto");
    this.notice = h("p", { class: "box calm" });
    this.use = h("div", { class: "uses", role: "radiogroup", "aria-label": t("use.title") });
    this.result = h("div", { class: "result" });
    this.create = h("button", { class: "button primary large", type: "submit" }, t("new.create"), icon("arrow"));
    this.rest = h("div", { class: "rest", hidden: true });
    this.form = h("form", { class: "wizard", novalidate: true });
    /** @type {Upload | null} */
    this.upload = null;
    this.#build();
  }

  #build() {
    const step = (/** @type {string} */ name, /** @type {(Node | null)[]} */ ...content) =>
      h("section", { class: "card form-step" }, h("h2", {}, t(`new.step-${name}`)), ...content.filter((c) => c !== null));
    put(this.use, ...USES.map((use) => this.#useCard(use)));
    const advanced = h(
      "details",
      { class: "card advanced" },
      h("summary", {}, icon("settings"), t("new.advanced")),
      ...this.settings.rows,
      field("encoder-field", t("new.encoder"), this.encoder, t("new.encoder-hint")),
    );
    put(
      this.rest,
      step("task", this.task),
      step("columns", this.columns, this.notice),
      step("labels", this.use, this.needs),
      step("name", field("title-field", t("new.title-label"), this.title)),
      advanced,
      this.result,
      h("div", { class: "submit-row" }, this.create),
    );
    put(this.form, step("file", this.drop), this.rest);
    this.drop.addEventListener("uploaded", (event) => this.#onUpload(/** @type {CustomEvent} */ (event).detail));
    this.task.addEventListener("change", () => this.#onTask());
    this.columns.addEventListener("change", () => this.#showNeeds());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send(false);
    });
  }

  /** @param {Use} use */
  #useCard(use) {
    const radio = { type: "radio", name: "use", id: `use-${use}`, value: use, checked: use === "seed", onchange: () => this.#showNeeds() };
    const words = h("span", {}, h("b", {}, t(`use.${use}`)), h("span", { class: "hint" }, t(`use.${use}-hint`)));
    return h("label", { class: "use", for: `use-${use}` }, h("input", radio), words);
  }

  /** @param {Upload} upload */
  #onUpload(upload) {
    this.upload = upload;
    const kind = kindOf(upload.task);
    this.columns.start(upload, kind);
    this.notice.textContent = upload.notice;
    this.notice.hidden = !upload.notice;
    if (!this.title.value) this.title.value = stem(upload.file);
    put(this.result);
    this.rest.hidden = false;
    this.task.guess(kind, upload.why ?? "");
    this.settings.serve(kind);
    this.#showNeeds();
    this.columns.querySelector("select")?.focus({ preventScroll: true });
    this.rest.scrollIntoView({ block: "nearest" });
  }

  /** @returns {Use} */
  get chosenUse() {
    const chosen = this.use.querySelector("input:checked");
    return /** @type {Use} */ (/** @type {HTMLInputElement | null} */ (chosen)?.value ?? "seed");
  }

  #onTask() {
    this.columns.serve(this.task.kind);
    this.settings.serve(this.task.kind);
    this.#showNeeds();
  }

  #showNeeds() {
    const column = this.columns.answers;
    const source = this.chosenUse === "meta" ? "" : column;
    this.use.hidden = column === "";
    this.needs.show(this.task.kind, source, this.columns.distinct(column));
  }

  /** @returns {string | null} what is missing, in words */
  #missing() {
    if (!this.upload) return t("new.missing-file");
    if (!this.title.value.trim()) return t("new.missing-title");
    return this.columns.missing ?? this.needs.missing;
  }

  /** @param {boolean} skipBad @returns {Record<string, unknown>} */
  #body(skipBad) {
    return {
      title: this.title.value.trim(),
      upload: this.upload?.upload,
      mapping: this.columns.mapping,
      task: this.needs.task,
      ...(this.columns.answers ? { label_use: this.chosenUse } : {}),
      skip_bad: skipBad,
      encoder: this.encoder.value,
      ...this.settings.read(),
    };
  }

  /** Make the project and go to its first text. @param {boolean} skipBad */
  async send(skipBad) {
    const missing = this.#missing();
    if (missing) return this.#refuse(missing);
    this.create.disabled = true;
    put(this.result, h("p", { class: "box calm", role: "status" }, h("span", { class: "spinner" }), t("new.creating")));
    try {
      const name = await createUnder(slug(this.title.value), this.#body(skipBad));
      location.assign(`/p/${encodeURIComponent(name)}`);
    } catch (error) {
      this.create.disabled = false;
      this.#showError(error);
    }
  }

  /** @param {string} words */
  #refuse(words) {
    put(this.result, h("p", { class: "box bad", role: "alert" }, icon("alert"), words));
  }

  /** @param {unknown} error */
  #showError(error) {
    const bad = error instanceof ApiError && error.code === "bad_rows";
    const box = bad
      ? badRowsBox(/** @type {BadRow[]} */ (error.details), error.message, () => void this.send(true))
      : errorBox(error);
    put(this.result, box);
    box.scrollIntoView({ block: "nearest" });
  }
}

/**
 * Make a project under the first free name of `name`, `name-2`, `name-3` …
 *
 * @param {string} name
 * @param {Record<string, unknown>} body
 * @returns {Promise<string>} the name it got
 */
async function createUnder(name, body) {
  for (let attempt = 1; ; attempt++) {
    const tried = attempt === 1 ? name : `${name}-${attempt}`;
    try {
      await createProject({ name: tried, ...body });
      return tried;
    } catch (error) {
      const taken = error instanceof ApiError && error.code === "already_exists";
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}
