// The box in which is written what the names of streams are to have in them. The emulator lists a hundred at most, so it is
// asked for those; the address of the page keeps the text, so that it is there again after the page was loaded anew.
import { byId } from "./dom.js";

/** @typedef {import("../src/page/page-state.ts").PageState} PageState */

const NAMED = "named";
/** With fewer streams nobody looks for the box. */
const FEW = 10;
/** How long somebody who writes pauses when he has written what he wanted. */
const PAUSE_MS = 200;

/** The box. */
export class StreamFilter {
  #input = /** @type {HTMLInputElement} */ (byId("filter"));
  #onChange;
  /** What was written when it was last asked for. */
  #asked;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#asked = (new URLSearchParams(location.search).get(NAMED) ?? "").trim();
    this.#input.value = this.#asked;
    this.#input.addEventListener("input", () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#change(), PAUSE_MS);
    });
  }

  /** @returns {string} what the names are to have in them; empty where all do */
  get text() {
    return this.#asked;
  }

  /** @returns {string} how the emulator is asked for these streams */
  get query() {
    return this.text === "" ? "" : `?${new URLSearchParams([[NAMED, this.text]])}`;
  }

  /** @param {PageState} state */
  show({ streamsInAll }) {
    const isInUse = this.#input.value !== "" || document.activeElement === this.#input;
    byId("filter-box").hidden = streamsInAll <= FEW && !isInUse;
  }

  #change() {
    this.#asked = this.#input.value.trim();
    history.replaceState(null, "", `${location.pathname}${this.query}${location.hash}`);
    this.#onChange();
  }
}
