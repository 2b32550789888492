/** One line about what is saved and what the model is doing. Its height never changes. */

/** @import {Quality, Status} from "../types.js" */

import { ApiError } from "../api.js";
import { h, icon, put } from "../dom.js";
import { percent, span, t } from "../i18n.js";

/** @param {Quality} quality @returns {string} e.g. 83 % right (76 %–88 %) */
function qualityWords({ metric, estimate, low, high }) {
  const values = { estimate: percent(estimate), low: percent(low), high: percent(high) };
  return metric === "accuracy" ? t("status.quality", values) : t("status.score", values);
}

/** @param {Status} status @returns {string} */
function modelWords({ model }) {
  if (model.state === "error") return t("status.model-error");
  if (model.state === "none") return t("status.no-model");
  return t("status.model", { count: model.answers });
}

/** @param {Status} status @returns {string} empty when all texts have their vectors */
function encodingWords({ encoding }) {
  if (encoding.state === "error") return t("status.encoding-error");
  if (encoding.state !== "running") return "";
  const share = percent(encoding.total ? encoding.done / encoding.total : 0);
  const left = encoding.seconds_left;
  return left ? t("status.encoding-left", { share, left: span(left) }) : t("status.encoding", { share });
}

/** @param {Status} status @returns {Node[]} */
function news(status) {
  const parts = {
    encoding: encodingWords(status),
    model: modelWords(status),
    labelled: t("status.labelled", { count: status.counts.labelled ?? 0 }),
    quality: status.quality ? qualityWords(status.quality) : "",
  };
  const there = Object.entries(parts).filter(([, words]) => words);
  return there.map(([name, words]) => h("span", { class: `news news-${name}` }, words));
}

/** `<status-line>` */
export class StatusLine extends HTMLElement {
  /**
   * @param {{status: Status | null, unsent: number, refused: number, trouble: unknown, connected: boolean}} state
   */
  show({ status, unsent, refused, trouble, connected }) {
    const saved = h("span", { class: `saved ${unsent ? "unsent" : "safe"}`, "data-unsent": unsent });
    put(saved, icon(unsent ? "upload" : "check"), this.#savedWords(unsent, trouble));
    put(
      this,
      saved,
      refused ? h("span", { class: "refused" }, t("status.refused", { count: refused })) : null,
      connected ? null : h("span", { class: "away" }, icon("offline"), t("status.offline")),
      status && h("span", { class: "model-line" }, ...news(status)),
    );
  }

  /** @param {number} unsent @param {unknown} trouble @returns {string} */
  #savedWords(unsent, trouble) {
    if (!unsent) return t("status.saved");
    const reason = trouble instanceof ApiError && trouble.status === 401 ? t("error.unauthorized") : "";
    return [t("status.unsent", { count: unsent }), reason].filter(Boolean).join(" · ");
  }
}

customElements.define("status-line", StatusLine);
