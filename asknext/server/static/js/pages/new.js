/** Page: a new project from a file. */

import { AppHeader } from "../components/app-header.js";
import { h, put, root } from "../dom.js";
import { t } from "../i18n.js";
import { Wizard } from "../new/wizard.js";

document.title = `${t("new.title")} · asknext`;
const main = h(
  "main",
  { class: "page narrow", id: "main" },
  h("h1", {}, t("new.title")),
  h("p", { class: "lead" }, t("new.lead")),
  new Wizard().form,
);
put(root(), Object.assign(new AppHeader(), { place: {} }), main);
