/** Which form asks what: a kind that the server names, and the element for it. */

/** @import {AnswerPad} from "./answer-pad.js" */

import { ChoicesPad } from "./choices-pad.js";
import { LabelPad } from "./label-pad.js";
import { NumberPad } from "./number-pad.js";
import { PairPad } from "./pair-pad.js";
import { SpansPad } from "./spans-pad.js";
import { WritePad } from "./write-pad.js";

/** @type {Record<string, new () => AnswerPad>} */
export const PADS = {
  choice: LabelPad,
  choices: ChoicesPad,
  number: NumberPad,
  spans: SpansPad,
  write: WritePad,
  pair: PairPad,
};
