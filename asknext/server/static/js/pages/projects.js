/** Page: all projects. */

/** @import {ProjectCard} from "../types.js" */

import { listProjects } from "../api.js";
import { AppHeader } from "../components/app-header.js";
import { errorBox } from "../components/notice.js";
import { h, icon, put, root } from "../dom.js";
import { day, number, percent, t } from "../i18n.js";

/** @param {ProjectCard} project */
function card(project) {
  const address = `/p/${encodeURIComponent(project.name)}`;
  const share = project.examples ? project.labelled / project.examples : 0;
  const labels = project.task.labels ?? [];
  const shown = labels.slice(0, 6).map((label) => h("span", { class: "pill", dir: "auto" }, label));
  const more = labels.length > 6 ? h("span", { class: "pill" }, `+${number(labels.length - 6)}`) : null;
  const progress = { examples: project.examples, labelled: project.labelled };
  return h(
    "li",
    { class: "card project-card" },
    h("h2", {}, h("a", { class: "card-link", href: address, dir: "auto" }, project.title || project.name)),
    h("p", { class: "pills" }, kindPill(project.task.kind), ...shown, more),
    h("progress", { max: 1, value: share, "aria-label": t("projects.progress-label") }),
    h("p", { class: "progress-words" }, h("span", {}, t("projects.progress", progress)), h("span", {}, percent(share))),
    h(
      "p",
      { class: "card-foot" },
      h("span", { class: "hint" }, [project.encoder, project.created ? day(project.created) : ""].filter(Boolean).join(" · ")),
      h("a", { class: "quiet", href: `${address}/dashboard` }, icon("chart"), t("nav.dashboard")),
    ),
  );
}

/** What is asked, where it is not the usual one label of several. @param {string} kind */
const kindPill = (kind) => (kind === "classification" ? null : h("span", { class: "pill pill-kind" }, t(`task.${kind}`)));

const newButton = () => h("a", { class: "button primary", href: "/new" }, icon("plus"), t("projects.new"));

/** @returns {HTMLElement} what a person sees who has no project yet */
function welcome() {
  const steps = /** @type {const} */ ([["upload", "one"], ["tag", "two"], ["download", "three"]]);
  const items = steps.map(([drawing, step]) =>
    h(
      "li",
      { class: "card step" },
      h("span", { class: "step-icon" }, icon(drawing)),
      h("h2", {}, t(`projects.step-${step}`)),
      h("p", {}, t(`projects.step-${step}-hint`)),
    ),
  );
  return h(
    "section",
    { class: "welcome" },
    h("h1", {}, t("projects.welcome")),
    h("p", { class: "lead" }, t("projects.welcome-hint")),
    h("ol", { class: "steps" }, ...items),
    newButton(),
  );
}

/** @param {ProjectCard[]} projects */
function content(projects) {
  if (!projects.length) return [welcome()];
  return [
    h("div", { class: "page-head" }, h("h1", {}, t("projects.title")), newButton()),
    h("ul", { class: "cards" }, ...projects.map(card)),
  ];
}

const main = h("main", { class: "page", id: "main" });

async function load() {
  try {
    put(main, ...content(await listProjects()));
  } catch (error) {
    put(main, h("h1", {}, t("projects.title")), errorBox(error, () => void load()));
  }
}

document.title = `${t("projects.title")} · asknext`;
const documentation = h("a", { href: "/api/docs" }, icon("code"), t("projects.api"));
put(root(), Object.assign(new AppHeader(), { place: {} }), main, h("footer", { class: "foot" }, documentation));
void load();
