/** One label of several: one key answers. */

/** @import {Form} from "../types.js" */
/** @import {PadState} from "./answer-pad.js" */

import { put } from "../dom.js";
import { percent, t } from "../i18n.js";
import { FORM_KEYS, keyOf } from "../keys.js";
import { AnswerPad } from "./answer-pad.js";
import { LabelButtons } from "./label-buttons.js";

/** `<label-pad>`; an answer is a label. */
export class LabelPad extends AnswerPad {
  /** @param {Form} form @override */
  build(form) {
    this.buttons = new LabelButtons(form.labels ?? [], (label) => this.give(label));
    put(this, ...this.buttons.parts);
  }

  /** @param {PadState} state @override */
  show(state) {
    super.show(state);
    const { suggestion, given, enabled } = state;
    this.suggestion = suggestion;
    this.buttons?.show((label) => ({
      enabled,
      suggested: suggestion?.value === label,
      given: given === label,
      pressed: null,
      share: suggestion ? percent(suggestion.confidence) : "",
    }));
  }

  /** @param {KeyboardEvent} event @override */
  press(event) {
    const key = keyOf(event);
    const accepts = key === FORM_KEYS.give;
    if (event.repeat || (!accepts && !this.buttons?.press(key))) return false;
    event.preventDefault();
    if (accepts && this.suggestion) this.give(this.suggestion.value);
    return true;
  }

  /** @returns {[string, string][]} @override */
  help() {
    return [...(this.buttons?.help() ?? []), [FORM_KEYS.give, t("help.accept")]];
  }
}

customElements.define("label-pad", LabelPad);
