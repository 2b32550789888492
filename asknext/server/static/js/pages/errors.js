/** Page: where it goes wrong: lists of errors, each of which can be sent to the queue. */

/** @import {ErrorList, ErrorLists, Project} from "../types.js" */

import { getErrors } from "../api.js";
import { h } from "../dom.js";
import { FindingPage } from "../findings/finding-page.js";
import { listCard, placeOf } from "../findings/error-list.js";
import { t } from "../i18n.js";

/** What people look for first; a list that is not known here comes last, but before empty ones. */
const ORDER = ["confusions", "label_errors", "contradictions", "disagreements", "slices", "clusters", "worst", "dynamics"];

/** @param {ErrorList} list @returns {number} */
const rank = ({ kind, items }) => (items.length ? 0 : 100) + ((ORDER.indexOf(kind) + ORDER.length + 1) % (ORDER.length + 1));

/** @param {ErrorLists | null} found @param {Project} project @returns {Promise<Node[]>} */
async function draw(found, project) {
  if (!found?.labelled) {
    const go = h("a", { class: "button primary", href: `/p/${encodeURIComponent(project.settings.name)}` }, t("dashboard.continue"));
    return [h("section", { class: "card found-none" }, h("h2", {}, t("errors.none")), h("p", {}, t("errors.none-hint")), go)];
  }
  const lists = [...found.lists].sort((one, other) => rank(one) - rank(other));
  const judged = Object.values(found.judged).reduce((sum, { n }) => sum + n, 0);
  const links = lists.map((list) => h("li", {}, h("a", { href: `#${list.kind}` }, t(`errors.${list.kind}`)), " ", placeOf(list)));
  return [
    h("p", {}, t("errors.judged", { count: judged, labelled: found.labelled })),
    h("nav", { "aria-label": t("errors.lists") }, h("ul", { class: "list-links" }, ...links)),
    ...lists.map((list) => listCard(list, project)),
  ];
}

void new FindingPage("errors", getErrors, draw).open();
