/**
 * The shapes that travel between the server and the app. Nothing here runs.
 *
 * @typedef {{value: any, confidence: number}} Suggestion `value` is what an answer of the task is
 *
 * @typedef {object} Form how to ask; which of these are there depends on the kind
 * @property {string} kind
 * @property {string[]} [labels]
 * @property {number} [low]
 * @property {number} [high]
 * @property {number} [step]
 * @property {string} [what]
 *
 * @typedef {object} Question
 * @property {string} id
 * @property {Record<string, unknown>} fields
 * @property {Record<string, unknown>} [meta]
 * @property {Suggestion | null} suggestion null while the question must be answered blind
 * @property {string} reason
 * @property {number | null} score
 * @property {string} strategy
 * @property {number | string | null} model version of the model whose ranking chose it
 * @property {number | null} expires
 *
 * @typedef {"label" | "skip" | "unsure" | "flag"} Action
 *
 * @typedef {object} AnswerBody
 * @property {string} example
 * @property {Action} action
 * @property {unknown} value
 * @property {string} who
 * @property {number} seconds
 * @property {string} note
 * @property {boolean} suggested
 * @property {Record<string, unknown> | null} shown how it stood on the screen, where that matters
 * @property {string} key
 *
 * @typedef {{example: string, who: string, key: string}} RetractBody
 *
 * @typedef {object} Operation one line of the outbox
 * @property {number} [seq] given by the store, in order
 * @property {"answer" | "retract"} kind
 * @property {string} project
 * @property {string} key makes a repeat harmless
 * @property {AnswerBody | RetractBody} body
 * @property {Question} [question] kept so that the strip can show it after a reload
 *
 * @typedef {object} Given an answer that was given in this project, newest first in the strip
 * @property {Question} question
 * @property {Action} action
 * @property {unknown} value
 * @property {string} note
 *
 * @typedef {Record<string, number>} Counts
 *
 * @typedef {object} Quality
 * @property {string} metric
 * @property {number} estimate
 * @property {number} low
 * @property {number} high
 * @property {number} n
 * @property {"control" | "test"} source
 * @property {string} note
 * @property {Trust | null} [trust]
 *
 * @typedef {{rule: string, stop: boolean, reason: string, numbers: Record<string, unknown>}} Verdict
 *
 * @typedef {object} ModelStatus
 * @property {number | string | null} version
 * @property {number} answers
 * @property {"none" | "ready" | "training" | "error"} state
 * @property {string | null} error
 *
 * @typedef {object} EncodingStatus
 * @property {number} done
 * @property {number} total
 * @property {number | null} seconds_left
 * @property {"idle" | "running" | "done" | "error"} state
 * @property {string | null} error
 * @property {string} notice
 *
 * @typedef {object} Status
 * @property {ModelStatus} model
 * @property {EncodingStatus} encoding
 * @property {Counts} counts
 * @property {{ready: number, strategy: string, model: number | string | null}} queue
 * @property {Quality | null} quality
 * @property {Verdict[]} stop
 * @property {DeepStatus} deep
 *
 * @typedef {object} DeepStatus how the language model that is fine-tuned is doing
 * @property {"none" | "idle" | "waiting" | "trial" | "training" | "judging" | "encoding" | "promoting"} state
 * @property {string} run that waits or goes on, or empty
 * @property {number} step
 * @property {number} total
 * @property {number | null} loss
 * @property {number | null} seconds_left
 * @property {string} serving run whose model serves, or empty
 * @property {{id: string, state: RunState} | null} last that has ended
 * @property {number | null} next labels at which the next training begins by itself
 * @property {string} error
 *
 * @typedef {"waiting" | "running" | "promoted" | "refused" | "failed" | "cancelled"} RunState
 *
 * @typedef {object} Judgement how a run ended: a comparison, or why it failed
 * @property {string} [reason]
 * @property {string} [message]
 * @property {{estimate: number} | null} [quality] of the new model
 * @property {{estimate: number} | null} [serving] of the one that served
 * @property {[number, number, number] | null} [difference] mean, low, high
 * @property {number | null} [fluctuation]
 * @property {string} [rule] `better`: it had to be clearly better to serve
 * @property {number} [n]
 * @property {string} [serving_run]
 *
 * @typedef {object} Run one training of the language model
 * @property {string} id
 * @property {RunState} state
 * @property {number} requested
 * @property {number | null} ended
 * @property {number} answers
 * @property {{base?: string}} start
 * @property {{seconds?: number, labels?: number, self_training?: {helps: boolean, pseudo: number}}} made
 * @property {Judgement} result
 *
 * @typedef {{serving: string, runs: Run[]}} RunList
 *
 * @typedef {{estimate: number, low: number, high: number}} Span a figure with its limits
 *
 * @typedef {object} Evidence what the answers prove; where `reason` stands, nothing but what it needs
 * @property {number} answers
 * @property {number} random_answers
 * @property {{answers: number, random_answers: number, random_answers_for_saving: number}} [needs]
 * @property {string | null} reason
 * @property {Quality} quality
 * @property {Span & {saved: number, unanswered: number}} powered
 * @property {{estimate: number | null, low?: number, high?: number, n: number, reason: string | null}} weighted
 * @property {ClassFigures | null} classes
 * @property {(Span & {label: string})[] | null} shares
 * @property {{half: number, more: number, left: number}[]} audit
 * @property {string | null} curves_reason
 * @property {{points: {answers: number, estimate: number}[], band: (Span & {answers: number})[], targets: Target[]} | null} outlook
 * @property {Saving | null} saving
 *
 * @typedef {{target: number, more: number | null, low: number | null, high: number | null}} Target
 *
 * @typedef {{label: string, support: number, said: number, precision: Span | null, recall: Span | null, f1: Span | null}} ClassRow
 *
 * @typedef {{source: "control" | "test", n: number, macro_f1: Span | null, per_class: ClassRow[]}} ClassFigures
 *
 * @typedef {object} Saving
 * @property {Span} random_answers
 * @property {Span} answers
 * @property {boolean} bounded
 * @property {Span | null} minutes
 * @property {{answers: number, asked: number, random: number, difference: number, low: number, high: number} | null} equal_number
 *
 * @typedef {Record<string, any>} Item of a list of errors: `name`, `ids`, and what goes with the list
 *
 * @typedef {{kind: string, items: Item[], figures: Record<string, any>, note: string, error: string}} ErrorList
 *
 * @typedef {object} ErrorLists
 * @property {number} labelled
 * @property {Record<string, {n: number, score: number | null}>} judged
 * @property {number} unjudged
 * @property {ErrorList[]} lists
 *
 * @typedef {object} Task
 * @property {string} kind
 * @property {string[]} [labels]
 * @property {number} [low]
 * @property {number} [high]
 * @property {number} [step]
 * @property {string} [what]
 *
 * @typedef {object} Settings
 * @property {string} name
 * @property {string} title
 * @property {Task} task
 * @property {string} encoder
 * @property {Record<string, any>} deep the language model that is fine-tuned; empty for none
 * @property {string} strategy
 * @property {"auto" | "off" | "on"} self_training
 * @property {number} control
 * @property {number} wanted
 * @property {boolean} suggest
 * @property {string} guidelines
 *
 * @typedef {{settings: Settings, counts: Counts, form: Form}} Project
 *
 * @typedef {object} ProjectCard
 * @property {string} name
 * @property {string} title
 * @property {Task} task
 * @property {number} examples
 * @property {number} answers
 * @property {number} labelled
 * @property {string} encoder
 * @property {number | string | null} created
 *
 * @typedef {{name: string, kind: string, sample: unknown[], distinct: number | null}} Column
 * @typedef {Partial<Record<import("./new/columns.js").Role, string | null>>} Guess
 *
 * @typedef {object} Upload
 * @property {string} upload
 * @property {string} file
 * @property {string} format
 * @property {Column[]} columns
 * @property {Record<string, unknown>[]} rows
 * @property {Guess} guess
 * @property {string} [task] the kind of task that the file seems to be for
 * @property {string} [why] the reason for it
 * @property {string} language
 * @property {string} notice
 *
 * @typedef {{file: string, row: number, column: string, found: string, allowed: string}} BadRow
 *
 * @typedef {{name: string, kind: string, summary: string}} StrategyCard
 *
 * @typedef {object} Report
 * @property {Settings} settings
 * @property {Counts} counts
 * @property {Quality | null} quality
 * @property {{answers: number, estimate: number, low: number, high: number, n: number}[]} curve
 * @property {{label: string, count: number}[]} classes
 * @property {{hour: number | string, count: number}[]} per_hour
 * @property {Verdict[]} stop
 * @property {{who: string, answers: number, median_seconds: number | null}[]} annotators
 * @property {Record<string, unknown> | null} test
 * @property {{name: string, control: number}} strategy
 * @property {Taught} self_training
 * @property {{id: string, text: string}[]} [left_out] what the strategy takes for junk
 *
 * @typedef {object} Trust do probabilities mean what they say?
 * @property {number} confidence mean probability of its answers
 * @property {number} right share of them that were right
 * @property {number} error expected calibration error
 *
 * @typedef {object} Taught does the model learn from texts without a label?
 * @property {string} who gives the pseudo-labels
 * @property {"auto" | "off" | "on"} wanted
 * @property {boolean} on
 * @property {boolean} serves this task and model
 * @property {{reason: string, pseudo?: number, n?: number, before?: number, after?: number} | null} check
 *
 * @typedef {object} Why
 * @property {number | null} score
 * @property {string} reason
 * @property {string} strategy
 * @property {number | string | null} model
 * @property {{label: string, probability: number}[] | null} prediction
 * @property {Suggestion | null} [guess]
 * @property {{id: string, text: string, label: unknown, similarity: number}[]} neighbours
 *
 * @typedef {object} Past
 * @property {string} example
 * @property {Record<string, unknown>} fields
 * @property {Action} action
 * @property {unknown} value
 * @property {string} note
 *
 * @typedef {{action: Action, value: unknown, note: string, who: string}} Said
 *
 * @typedef {{example: {id: string, fields: Record<string, unknown>}, answers: Said[]}} FoundExample
 */

/**
 * What takes seconds to work out: the last one that is finished, of so many labelled texts.
 *
 * @template T
 * @typedef {{state: "working" | "ready" | "failed", of: number, error: string, found: T | null}} Finding
 */
export {};
