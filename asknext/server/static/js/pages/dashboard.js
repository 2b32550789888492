/** Page: how good the model is, how the work goes, and taking the results away. */

/** @import {Project, Report, Status} from "../types.js" */

import { getProject, getReport } from "../api.js";
import { AppHeader } from "../components/app-header.js";
import { FigurePlot } from "../components/figure-plot.js";
import { errorBox } from "../components/notice.js";
import { adviceCard, countsCard, leftOutCard, machineCard, peopleCard, qualityCard } from "../dashboard/cards.js";
import { DeepCard } from "../dashboard/deep-card.js";
import { settingsCard } from "../dashboard/settings.js";
import { commandsCard, exportCard } from "../dashboard/take-away.js";
import { h, icon, put, root } from "../dom.js";
import { otherPages } from "../findings/finding-page.js";
import { hour, number, percent, t } from "../i18n.js";
import { Live } from "../live.js";
import { saidPart } from "../said.js";

const PAUSE = 3_000; // milliseconds between two readings of the report
const FIGURES = /** @type {const} */ (["learning-curve", "class-balance", "answers-per-hour"]);

const name = decodeURIComponent(location.pathname.split("/")[2] ?? "");

/** Shows a Report and keeps it fresh while answers come in. */
class Dashboard {
  constructor() {
    this.live = new Live(name);
    this.top = h("div", { class: "grid top" });
    /** @type {Map<string, FigurePlot>} */
    this.figures = new Map();
    this.bottom = h("div", { class: "grid" });
    this.deep = new DeepCard();
    this.exports = exportCard(name);
    this.leftOut = h("div", { hidden: true });
    this.leftOutSeen = "";
    this.trouble = h("div", {});
    /** @type {Report | null} */
    this.report = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.seen = "";
    this.kind = "choice";
    this.live.addEventListener("status", () => this.#onStatus());
  }

  /** @param {Project} project */
  async show(project) {
    const title = project.settings.title || name;
    document.title = `${t("nav.dashboard")} · ${title} · asknext`;
    const header = Object.assign(new AppHeader(), { place: { title, project: name, current: "dashboard" } });
    const go = h("a", { class: "button primary", href: `/p/${encodeURIComponent(name)}` }, icon("tag"), t("dashboard.continue"));
    const head = h("div", { class: "page-head" }, h("h1", { dir: "auto" }, title), otherPages(name), go);
    const settings = settingsCard(project, () => void this.read());
    this.kind = project.form.kind;
    const tallied = (/** @type {string} */ part) => saidPart(this.kind, part);
    for (const figure of FIGURES) if (figure !== "class-balance" || isTallied(this.kind)) this.figures.set(figure, plotOf(figure, tallied));
    this.deep.start(project);
    const plots = h("div", { class: "grid plots" }, ...this.figures.values());
    const takeAway = h("div", { class: "grid" }, this.exports.card, commandsCard(name));
    const main = h("main", { class: "page wide", id: "main" });
    put(main, head, this.trouble, this.top, plots, this.deep, this.bottom, this.leftOut, takeAway, settings);
    put(root(), header, main);
    await this.read();
    this.live.open();
  }

  #onStatus() {
    const status = /** @type {Status} */ (this.live.status);
    this.#showCards();
    this.deep.show(status);
    this.exports.show(status.deep.serving);
    const now = JSON.stringify([status.counts, status.quality, status.model.version, status.deep.serving]);
    if (now === this.seen) return;
    this.seen = now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), PAUSE);
  }

  /** Read the report and draw it. */
  async read() {
    try {
      this.report = await getReport(name);
      put(this.trouble);
      this.#showCards();
      this.#showFigures(this.report);
      this.#showLeftOut(this.report);
    } catch (error) {
      put(this.trouble, errorBox(error, () => void this.read()));
    }
  }

  #showCards() {
    const { report, live } = this;
    if (!report) return;
    const { quality, counts, stop } = live.status ?? report;
    put(this.top, qualityCard(quality), adviceCard(stop), countsCard(counts));
    put(this.bottom, machineCard(live.status), peopleCard(report.annotators, report.self_training));
  }

  /** The list stays while it is the same, so that whoever scrolls in it is not thrown back. @param {Report} report */
  #showLeftOut({ left_out: texts }) {
    const now = JSON.stringify(texts);
    if (now === this.leftOutSeen) return;
    this.leftOutSeen = now;
    const card = leftOutCard(texts);
    this.leftOut.hidden = !card;
    put(this.leftOut, card);
  }

  /** @param {Report} report */
  #showFigures({ curve, classes, per_hour: hours }) {
    const share = (/** @type {number} */ value) => percent(value);
    const show = (/** @type {string} */ figure, /** @type {string[]} */ head, /** @type {string[][]} */ rows, enough = rows.length > 0) => {
      this.figures.get(figure)?.tell(head.map((column) => t(`figure.${column}`)), rows);
      void this.figures.get(figure)?.draw(enough);
    };
    const points = curve.map((p) => [number(p.answers), share(p.estimate), share(p.low), share(p.high), number(p.n)]);
    show("learning-curve", ["answers", this.kind === "choice" ? "estimate" : "score", "low", "high", "random"], points);
    const tallied = classes.map((row) => [saidPart(this.kind, row.label), number(row.count)]);
    show("class-balance", ["label", "count"], tallied, classes.some((row) => row.count > 0));
    show("answers-per-hour", ["hour", "count"], hours.map((row) => [hour(row.hour), number(row.count)]));
  }
}

/** Numbers and texts are not counted by label. @param {string} kind of the form */
const isTallied = (kind) => !["number", "write"].includes(kind);

/** @param {string} figure @param {(part: string) => string} named @returns {FigurePlot} */
function plotOf(figure, named) {
  const plot = new FigurePlot();
  if (figure === "class-balance") plot.named = named;
  plot.classList.add("card");
  void plot.start({ project: name, figure });
  return plot;
}

async function load() {
  try {
    await new Dashboard().show(await getProject(name));
  } catch (error) {
    const way = h("a", { class: "button", href: "/" }, t("nav.projects"));
    const main = h("main", { class: "page", id: "main" }, h("h1", {}, t("error.title")), errorBox(error, () => void load()), way);
    put(root(), Object.assign(new AppHeader(), { place: {} }), main);
  }
}

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
void load();
