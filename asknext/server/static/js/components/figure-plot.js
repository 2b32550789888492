/** A Plotly figure in the page's colours, with its numbers as a table for those who listen. */

import { getFigure } from "../api.js";
import { h, put } from "../dom.js";
import { language, t } from "../i18n.js";
import { errorBox } from "./notice.js";

/** @type {Promise<any> | undefined} */
let loading;

/** Load the library once, when the first figure is wanted. @returns {Promise<any>} */
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = h("script", { src: "/static/vendor/plotly.min.js" });
    script.onload = () => resolve(/** @type {any} */ (globalThis).Plotly);
    script.onerror = () => {
      loading = undefined;
      reject(new Error("plotly.min.js"));
    };
    document.head.append(script);
  });
  return loading;
}

/** @returns {Record<string, unknown>} the layout in the colours of the page */
function dress() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--line"), linecolor: colour("--line"), automargin: true };
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--ink-soft"), family: style.fontFamily, size: 13 },
    colorway: [colour("--accent"), colour("--amber"), colour("--blue"), colour("--rose")],
    margin: { l: 48, r: 12, t: 12, b: 44 },
    height: 300,
    legend: { orientation: "h", x: 0, y: 1.16 },
    axis,
  };
}

/** @param {any} layout @returns {any} */
function dressed(layout) {
  const { axis, ...rest } = dress();
  const { title, template, ...own } = layout ?? {}; // the card has a heading of its own
  const axes = Object.fromEntries(
    ["xaxis", "yaxis"].map((name) => [name, { .../** @type {any} */ (axis), ...own[name], .../** @type {any} */ (axis) }]),
  );
  return { ...own, ...rest, ...axes, autosize: true, width: undefined };
}

/** `<figure-plot>` */
export class FigurePlot extends HTMLElement {
  constructor() {
    super();
    this.box = h("div", { class: "plot", role: "img" });
    this.numbers = h("table", { class: "preview" });
    this.empty = h("p", { class: "hint plot-empty", hidden: true });
    /** @type {((part: string) => string) | null} what the bars are called, where the page knows better */
    this.named = null;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => void this.draw());
  }

  /** @param {{project: string, figure: string}} which */
  async start({ project, figure }) {
    this.project = project;
    this.figure = figure;
    this.dataset.figure = figure;
    this.box.setAttribute("aria-label", t(`figure.${figure}`));
    const scroller = { class: "scroller", tabindex: 0, role: "region", "aria-label": t("figure.numbers") };
    const table = h("details", { class: "numbers" }, h("summary", {}, t("figure.numbers")), h("div", scroller, this.numbers));
    put(this, h("h2", {}, t(`figure.${figure}`)), h("p", { class: "hint" }, t(`figure.${figure}-hint`)), this.box, this.empty, table);
  }

  /** Fetch the figure and draw it; `enough` is false while there is nothing to show. */
  /** @param {boolean} [enough] */
  async draw(enough = true) {
    this.box.hidden = !enough;
    this.empty.hidden = enough;
    this.empty.textContent = t(`figure.${this.figure}-empty`);
    if (!enough || !this.project || !this.figure) return;
    try {
      const [Plotly, drawing] = await Promise.all([plotly(), getFigure(this.project, this.figure, language)]);
      const config = { displayModeBar: false, responsive: true, staticPlot: false };
      for (const bars of this.named ? drawing.data : []) bars.y = bars.y.map(this.named);
      await Plotly.react(this.box, drawing.data, dressed(drawing.layout), config);
    } catch (error) {
      put(this.box, errorBox(error, () => void this.draw()));
    }
  }

  /** @param {string[]} head @param {string[][]} rows */
  tell(head, rows) {
    put(
      this.numbers,
      h("thead", {}, h("tr", {}, ...head.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", { dir: "auto" }, cell))))),
    );
  }
}

customElements.define("figure-plot", FigurePlot);
