/** Page: what the answers prove: quality, figures per label, saving, outlook, advice. */

/** @import {Evidence, Project} from "../types.js" */

import { getEvidence, getReport } from "../api.js";
import { adviceCard } from "../dashboard/cards.js";
import { h } from "../dom.js";
import { FindingPage } from "../findings/finding-page.js";
import { classesCard } from "../findings/classes.js";
import { outlookCard, savingCard } from "../findings/prospects.js";
import { auditCard, hints, proofCard, tooFew } from "../findings/proof.js";
import { t } from "../i18n.js";

/** @param {Evidence | null} found @param {Project} project @returns {Promise<Node[]>} */
async function draw(found, project) {
  if (!found || found.reason) return [tooFew(found, project)];
  const report = await getReport(project.settings.name);
  const advice = adviceCard(report.stop);
  advice.append(...hints(t("evidence.advice-hint")));
  return [
    h("div", { class: "grid" }, proofCard(found, report), savingCard(found)),
    h("div", { class: "grid" }, outlookCard(found, project), auditCard(found, project)),
    ...[classesCard(found)].filter((card) => card !== null),
    h("div", { class: "grid" }, advice),
  ];
}

void new FindingPage("evidence", getEvidence, draw).open();
