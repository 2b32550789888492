/** The settings that can be chosen at the start and changed later. */

/** @import {Settings} from "../types.js" */

import { listStrategies } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { choice, field, fillStrategies, share, tick } from "./fields.js";

/** @typedef {Pick<Settings, "strategy" | "self_training" | "control" | "wanted" | "suggest" | "guidelines">} Chosen */

/** @type {Chosen} */
export const USUAL = { strategy: "auto", self_training: "auto", control: 0.1, wanted: 1, suggest: true, guidelines: "" };

/** Build the fields; `read` gives what they say. */
export class SettingsFields {
  /** @param {Chosen} start @param {string} kind of the task */
  constructor(start, kind) {
    const control = share(start.control);
    const suggest = tick("suggest-field", t("settings.suggest"), start.suggest);
    this.slider = control.slider;
    this.suggest = suggest.box;
    this.strategy = h("select", { class: "field" });
    const ways = /** @type {const} */ (["auto", "on", "off"]);
    this.taught = choice(ways.map((way) => [way, t(`settings.taught-${way}`)]), start.self_training);
    this.taughtRow = field("taught-field", t("settings.taught"), this.taught, t("settings.taught-hint"));
    this.serve(kind, start.strategy);
    this.wanted = h("input", { class: "field short", type: "number", min: 1, max: 99, value: start.wanted });
    this.guidelines = h("textarea", { class: "field", rows: 5, value: start.guidelines, dir: "auto" });
    const slider = field("control-field", t("settings.control"), this.slider, t("settings.control-hint"));
    this.slider.replaceWith(control.row);
    control.row.prepend(this.slider);
    this.rows = [
      field("guidelines-field", t("settings.guidelines"), this.guidelines, t("settings.guidelines-hint")),
      field("strategy-field", t("settings.strategy"), this.strategy, t("settings.strategy-hint")),
      this.taughtRow,
      slider,
      field("wanted-field", t("settings.wanted"), this.wanted, t("settings.wanted-hint")),
      suggest.row,
    ];
  }

  /** Offer the strategies that serve a kind of task. @param {string} kind @param {string} [value] */
  serve(kind, value = this.strategy.value) {
    fillStrategies(this.strategy, value, listStrategies(kind));
    this.taughtRow.hidden = kind !== "classification";
    if (this.taughtRow.hidden) this.taught.value = "auto";
  }

  /** @returns {Chosen} */
  read() {
    return {
      strategy: this.strategy.value,
      self_training: /** @type {Chosen["self_training"]} */ (this.taught.value),
      control: Number(this.slider.value) / 100,
      wanted: Math.max(1, Math.round(Number(this.wanted.value)) || 1),
      suggest: this.suggest.checked,
      guidelines: this.guidelines.value.trim(),
    };
  }
}
