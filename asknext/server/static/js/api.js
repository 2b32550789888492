/** The only module that talks to the server. */

/** @import {AnswerBody, ErrorLists, Evidence, Finding, FoundExample, Past, Project, ProjectCard, Report, RetractBody} from "./types.js" */
/** @import {Run, RunList, Status, StrategyCard, Upload, Why} from "./types.js" */

const PATIENCE = 30_000; // milliseconds before a request counts as lost

/** An answer of the server that is not a success; `status` 0 means it could not be reached. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {unknown[]} [details]
   */
  constructor(status, code, message, details = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status >= 500 || [408, 409, 425, 429].includes(this.status);
  }
}

/**
 * @param {number} status
 * @param {any} body
 * @returns {ApiError}
 */
function errorFrom(status, body) {
  const error = body?.error ?? {};
  return new ApiError(status, error.code ?? "internal", error.message ?? `HTTP ${status}`, error.details);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {{keepalive?: boolean, patience?: number}} [options]
 * @returns {Promise<any>}
 */
export async function call(method, path, body, { keepalive = false, patience = PATIENCE } = {}) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      keepalive,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
  } catch (cause) {
    throw new ApiError(0, "unreachable", String(cause));
  }
  const parsed = await response.json().catch(() => null);
  if (!response.ok) throw errorFrom(response.status, parsed);
  return parsed;
}

/** @param {string} name */
const project = (name) => `/projects/${encodeURIComponent(name)}`;

/** @returns {Promise<ProjectCard[]>} */
export const listProjects = async () => (await call("GET", "/projects")).projects;

/** @param {string} kind of the task @returns {Promise<StrategyCard[]>} those that serve it and its usual model */
export const listStrategies = async (kind) =>
  (await call("GET", `/strategies?${new URLSearchParams({ task: kind, model: "auto" })}`)).strategies;

/** @param {string} name @returns {Promise<Project>} */
export const getProject = (name) => call("GET", project(name));

/** @param {Record<string, unknown>} body @returns {Promise<Project>} */
export const createProject = (body) => call("POST", "/projects", body, { patience: 600_000 });

/** @param {string} name @param {Record<string, unknown>} changes @returns {Promise<Project>} */
export const changeProject = (name, changes) => call("PATCH", project(name), changes);

/** @param {string} name @returns {Promise<unknown>} */
export const deleteProject = (name) => call("DELETE", project(name));

/**
 * @param {string} name
 * @param {{k: number, who: string, holding: string[]}} wish
 * @returns {Promise<{questions: import("./types.js").Question[], model: number | string | null, remaining: number}>}
 */
export const ask = (name, wish) => call("POST", `${project(name)}/ask`, wish);

/** @param {string} name @param {{who: string, examples: string[]}} body @returns {Promise<unknown>} */
export const release = (name, body) =>
  call("POST", `${project(name)}/release`, body, { keepalive: true });

/** @param {string} name @param {AnswerBody} body @returns {Promise<{fresh: boolean}>} */
export const answer = (name, body) =>
  call("POST", `${project(name)}/answers`, body, { keepalive: true, patience: 15_000 });

/** @param {string} name @param {RetractBody} body @returns {Promise<{fresh: boolean}>} */
export const retract = (name, body) =>
  call("POST", `${project(name)}/retract`, body, { keepalive: true, patience: 15_000 });

/** @param {string} name @returns {Promise<Status>} */
export const getStatus = (name) => call("GET", `${project(name)}/status`);

/** @param {string} name @returns {Promise<Report>} */
export const getReport = (name) => call("GET", `${project(name)}/report`);

/** @param {string} name @returns {Promise<Finding<Evidence>>} what was worked out last, at once */
export const getEvidence = (name) => call("GET", `${project(name)}/evidence`);

/** @param {string} name @returns {Promise<Finding<ErrorLists>>} the lists that were made last, at once */
export const getErrors = (name) => call("GET", `${project(name)}/errors`);

/**
 * @param {string} name
 * @param {{kind: string, names?: string[], who: string, key: string}} wish
 * @returns {Promise<{kind: string, wanted: string[]}>}
 */
export const askErrors = (name, wish) => call("POST", `${project(name)}/errors/ask`, wish, { patience: 120_000 });

/**
 * @param {string} name
 * @param {{half: number, who: string, key: string}} wish
 * @returns {Promise<{wanted: string[], left: number}>}
 */
export const askAudit = (name, wish) => call("POST", `${project(name)}/audit`, wish);

/** @param {string} name @returns {Promise<RunList>} trainings of the language model, newest first */
export const getRuns = (name) => call("GET", `${project(name)}/runs`);

/** @param {string} name @returns {Promise<Run>} */
export const trainNow = (name) => call("POST", `${project(name)}/train`);

/** @param {string} name @param {string} run @returns {Promise<Run>} */
export const cancelRun = (name, run) => call("POST", `${project(name)}/runs/${encodeURIComponent(run)}/cancel`);

/** @param {string} name @returns {Promise<{serving: string}>} */
export const rollBack = (name) => call("POST", `${project(name)}/rollback`);

/**
 * @param {string} name
 * @param {string} figure
 * @param {string} language
 * @returns {Promise<{data: any[], layout: any}>}
 */
export const getFigure = (name, figure, language) =>
  call("GET", `${project(name)}/figures/${figure}?lang=${language}`);

/** @param {string} name @param {string} id @returns {Promise<FoundExample>} */
export const getExample = (name, id) => call("GET", `${project(name)}/examples/${encodeURIComponent(id)}`);

/** @param {string} name @param {string} id @returns {Promise<Why>} */
export const getWhy = (name, id) =>
  call("GET", `${project(name)}/examples/${encodeURIComponent(id)}/why`);

/** @param {string} name @param {string} who @param {number} limit @returns {Promise<Past[]>} */
export const getHistory = async (name, who, limit) => {
  const query = new URLSearchParams({ who, limit: String(limit) });
  return (await call("GET", `${project(name)}/history?${query}`)).answers;
};

/** @param {string} name @param {string} format @returns {string} */
export const labelsAddress = (name, format) => `/api${project(name)}/export/labels?format=${format}`;

/** @param {string} name @returns {string} */
export const modelAddress = (name) => `/api${project(name)}/export/model`;

/** @param {string} name @returns {string} the fine-tuned model by itself, as transformers loads it */
export const standardAddress = (name) => `/api${project(name)}/export/huggingface`;

/** @param {string} name @returns {string} */
export const liveAddress = (name) => `/api${project(name)}/live`;

/**
 * Send a file and hear how far it is; fetch cannot report that, so this is XMLHttpRequest.
 *
 * @param {File} file
 * @param {(share: number) => void} onProgress share sent, 0 to 1
 * @returns {Promise<Upload>}
 */
export function uploadFile(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", "/api/uploads");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = () => reject(new ApiError(0, "unreachable", "the upload did not arrive"));
    request.onload = () => {
      if (request.status < 300) resolve(request.response);
      else reject(errorFrom(request.status, request.response));
    };
    request.send(form);
  });
}
