/** The server's own news about a project: one `status` event for each change. */

/** @import {Status} from "./types.js" */

import { liveAddress } from "./api.js";

const PAUSE = 3_000; // milliseconds before a refused connection is tried again

/** Events: `status` with the new Status; `connection` when the line goes up or down. */
export class Live extends EventTarget {
  /** @param {string} project */
  constructor(project) {
    super();
    this.project = project;
    this.connected = true; // until it turns out otherwise
    /** @type {Status | null} */
    this.status = null;
    /** @type {EventSource | null} */
    this.source = null;
    addEventListener("offline", () => this.#connection(false));
    addEventListener("pagehide", () => this.source?.close());
  }

  open() {
    this.source = new EventSource(liveAddress(this.project));
    this.source.addEventListener("status", (event) => {
      this.status = JSON.parse(event.data);
      this.#connection(true);
      this.dispatchEvent(new CustomEvent("status", { detail: this.status }));
    });
    this.source.onopen = () => this.#connection(true);
    this.source.onerror = () => this.#lost();
  }

  #lost() {
    this.#connection(false);
    // The browser tries again by itself, except after an HTTP error, which closes the source.
    if (this.source?.readyState === EventSource.CLOSED) setTimeout(() => this.open(), PAUSE);
  }

  /** @param {boolean} connected */
  #connection(connected) {
    if (connected === this.connected) return;
    this.connected = connected;
    this.dispatchEvent(new Event("connection"));
  }
}
