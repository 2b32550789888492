/** A place to drop a file, or to choose one. */

import { uploadFile } from "../api.js";
import { h, icon, put } from "../dom.js";
import { percent, t } from "../i18n.js";
import { errorBox } from "./notice.js";

const ENDINGS = ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet";

/** `<file-drop>`; event `uploaded` with the Upload in `detail`. */
export class FileDrop extends HTMLElement {
  connectedCallback() {
    this.#showChoice();
    this.addEventListener("dragover", (event) => this.#over(event, true));
    this.addEventListener("dragleave", (event) => this.#over(event, false));
    this.addEventListener("drop", (event) => {
      this.#over(event, false);
      const file = event.dataTransfer?.files[0];
      if (file) void this.send(file);
    });
  }

  /** @param {DragEvent} event @param {boolean} here */
  #over(event, here) {
    event.preventDefault();
    this.classList.toggle("over", here);
  }

  /** @param {Node} [below] @param {string} [name] of the file that is here already */
  #showChoice(below, name) {
    const field = h("input", { type: "file", id: "file-field", class: "only-heard", accept: ENDINGS });
    field.addEventListener("change", () => {
      const file = field.files?.[0];
      if (file) void this.send(file);
    });
    const label = h(
      "label",
      { for: "file-field", class: "drop" },
      h("span", { class: "drop-icon" }, icon(name ? "file" : "upload")),
      h("span", { class: "drop-title", dir: "auto" }, name ?? t("new.drop")),
      h("span", { class: "hint" }, name ? t("new.drop-other") : t("new.formats")),
    );
    this.classList.toggle("chosen", name !== undefined);
    put(this, field, label, below ?? null);
  }

  /** @param {File} file */
  async send(file) {
    const bar = h("progress", { max: 1, value: 0, "aria-label": t("new.uploading", { file: file.name }) });
    const words = h("span", { class: "hint", role: "status" }, percent(0));
    const title = h("span", { class: "drop-title", dir: "auto" }, t("new.uploading", { file: file.name }));
    put(this, h("div", { class: "drop" }, title, bar, words));
    try {
      const upload = await uploadFile(file, (share) => {
        bar.value = share;
        words.textContent = share < 1 ? percent(share) : t("new.reading");
      });
      this.#showChoice(undefined, upload.file);
      this.dispatchEvent(new CustomEvent("uploaded", { detail: upload }));
    } catch (error) {
      this.#showChoice(errorBox(error));
    }
  }
}

customElements.define("file-drop", FileDrop);
