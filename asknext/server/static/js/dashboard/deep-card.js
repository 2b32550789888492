/** The card of the language model: what serves, the training that goes on, and the last ones. */

/** @import {DeepStatus, Project, Run, Status} from "../types.js" */

import { cancelRun, getRuns, rollBack, trainNow } from "../api.js";
import { ask } from "../components/dialogs.js";
import { announce, errorBox } from "../components/notice.js";
import { h, icon, put } from "../dom.js";
import { saidError } from "../errors.js";
import { t } from "../i18n.js";
import { deepSetup } from "./deep-setup.js";
import { comparison, nextWords, outcomeWords, runLine, servingWords, stageWords, stepWords } from "./deep-words.js";

const SHOWN = 5; // trainings in the list

/** `<deep-card>`; its parts stay, so that news from the server never takes the focus away. */
export class DeepCard extends HTMLElement {
  constructor() {
    super();
    /** @type {Project | null} */
    this.project = null;
    /** @type {Status | null} */
    this.status = null;
    /** @type {Run[]} */
    this.runs = [];
    this.seen = ""; // what the list of trainings was read for
    this.serves = h("p", { class: "deep-serves" });
    this.quality = h("p", { class: "hint" });
    this.next = h("p", { class: "hint" });
    this.stage = h("p", { class: "deep-stage" });
    this.bar = h("progress", { max: 1, value: 0, "aria-label": t("deep.progress") });
    this.step = h("p", { class: "hint" });
    this.trouble = h("div", { class: "result" });
    this.train = this.#button("spark", "deep.train", () => this.#do(trainNow));
    this.cancel = this.#button("close", "deep.cancel", () => this.#cancel());
    this.back = this.#button("undo", "deep.back", () => this.#back());
    this.list = h("ul", { class: "runs" });
    this.setup = h("div", {});
  }

  /** @param {string} drawing @param {string} words @param {() => Promise<void>} act */
  #button(drawing, words, act) {
    return h("button", { type: "button", class: "button", onclick: () => void act() }, icon(drawing), t(words));
  }

  /** @param {Project} project */
  start(project) {
    this.project = project;
    this.classList.add("card", "deep");
    const buttons = h("div", { class: "deep-buttons" }, this.train, this.cancel, this.back);
    const going = h("div", { class: "deep-going" }, this.stage, this.bar, this.step);
    this.left = h("div", { class: "deep-part" }, this.serves, this.quality, going, this.next, this.trouble, buttons);
    this.right = h("div", { class: "deep-part" }, h("h3", {}, t("deep.runs")), this.list);
    put(this, h("h2", {}, t("deep.title")), h("div", { class: "deep-parts" }, this.left, this.right), this.setup);
    this.#setUp();
  }

  #setUp() {
    const project = /** @type {Project} */ (this.project);
    put(this.setup, deepSetup(project, (changed) => {
      this.project = changed;
      this.#setUp();
      this.#draw();
    }));
  }

  /** @param {Status} status */
  show(status) {
    this.status = status;
    const { run, serving, last } = status.deep;
    const now = JSON.stringify([run, serving, last?.id, last?.state]);
    if (now !== this.seen) void this.#read(now);
    this.#draw();
  }

  /** @param {string} now */
  async #read(now) {
    const first = !this.seen;
    this.seen = now;
    try {
      this.runs = (await getRuns(this.#name)).runs;
      this.#drawRuns();
      this.#draw();
      const [ended] = this.runs.filter((run) => run.ended !== null);
      if (!first && ended && !this.status?.deep.run) announce(this.#ending(ended));
    } catch (error) {
      put(this.trouble, errorBox(error, () => void this.#read(now)));
    }
  }

  get #name() {
    return this.project?.settings.name ?? "";
  }

  get #kind() {
    return this.project?.form.kind ?? "choice";
  }

  /** @param {Run} run @returns {string} */
  #ending = (run) => `${run.id}: ${t(`deep.state-${run.state}`)}. ${outcomeWords(run, this.#kind)}`;

  #draw() {
    const { project, status, runs } = this;
    if (!project || !status) return;
    const { deep, counts } = status;
    const on = Object.keys(project.settings.deep).length > 0;
    const parts = /** @type {HTMLElement} */ (this.querySelector(".deep-parts"));
    parts.hidden = !on && !deep.serving && !deep.run && !runs.length;
    const serving = runs.find((run) => run.id === deep.serving);
    put(this.serves, icon("spark"), " ", deep.serving && !serving ? deep.serving : servingWords(serving));
    put(this.quality, serving ? comparison(serving) : "");
    this.quality.hidden = !serving;
    this.next.hidden = !on || Boolean(deep.run);
    put(this.next, nextWords(deep, counts));
    this.#drawGoing(deep);
    this.train.disabled = !on || Boolean(deep.run);
    this.cancel.hidden = !deep.run;
    this.back.hidden = !deep.serving;
    if (deep.error) put(this.trouble, h("p", { class: "box bad", dir: "auto" }, saidError(deep.error)));
    else if (this.trouble.querySelector("p[dir]")) put(this.trouble);
  }

  /** @param {DeepStatus} deep */
  #drawGoing(deep) {
    const going = /** @type {HTMLElement} */ (this.stage.parentElement);
    going.hidden = !deep.run;
    put(this.stage, stageWords(deep));
    this.bar.hidden = !deep.total;
    this.bar.max = Math.max(deep.total, 1);
    this.bar.value = deep.step;
    put(this.step, stepWords(deep));
  }

  #drawRuns() {
    const items = this.runs.slice(0, SHOWN).map((run) => this.#item(run));
    put(this.list, ...(items.length ? items : [h("li", { class: "hint" }, t("deep.runs-none"))]));
  }

  /** @param {Run} run */
  #item(run) {
    const { message = "", reason } = run.result;
    const own = run.state === "failed" && reason === "error" ? h("p", { class: "box bad", dir: "auto" }, saidError(message)) : null;
    const state = h("b", { class: `run-state run-${run.state}` }, t(`deep.state-${run.state}`));
    const words = outcomeWords(run, this.#kind);
    return h("li", { "data-run": run.id, "data-state": run.state }, h("p", {}, state, " ", runLine(run)), words ? h("p", { class: "hint" }, words) : null, own);
  }

  /** @param {(name: string) => Promise<unknown>} act */
  async #do(act) {
    try {
      await act(this.#name);
      put(this.trouble);
    } catch (error) {
      put(this.trouble, errorBox(error));
    }
  }

  async #cancel() {
    const run = this.status?.deep.run ?? "";
    const body = [h("p", {}, t("deep.cancel-hint"))];
    const yes = await ask({ title: t("deep.cancel"), body, confirm: t("deep.cancel"), danger: true });
    if (yes) await this.#do((name) => cancelRun(name, run));
  }

  async #back() {
    const run = this.status?.deep.serving ?? "";
    const before = this.runs.find((one) => one.id === run)?.result.serving_run;
    const words = before ? t("deep.back-hint", { run, before }) : t("deep.back-first", { run });
    const yes = await ask({ title: t("deep.back-title"), body: [h("p", {}, words)], confirm: t("deep.back") });
    if (yes) await this.#do(rollBack);
  }
}

customElements.define("deep-card", DeepCard);
