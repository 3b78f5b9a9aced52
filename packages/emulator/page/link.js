// The way to the emulator: hears its state for as long as it is open, and tries again, and says so, while it is not heard.
import { byId, setText } from "./dom.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {import("./announcer.js").Announcer} Announcer
 * @typedef {"connecting" | "live" | "lost" | "refused"} Condition
 */

const EVENTS = "events";
const RETRY_MS = 3000;
const TRYING = "not connected, trying";

/** Listens, and tells whether it hears. */
export class Link {
  #announcer;
  #onState;
  #query = "";
  /** @type {EventSource | undefined} */
  #source;

  /**
   * @param {Announcer} announcer
   * @param {(state: PageState) => void} onState
   */
  constructor(announcer, onState) {
    this.#announcer = announcer;
    this.#onState = onState;
  }

  /** @param {string} [query] which streams are wanted; those of before, if it is left out */
  open(query = this.#query) {
    this.close();
    this.#query = query;
    const source = new EventSource(EVENTS + query);
    this.#source = source;
    source.addEventListener("state", ({ data }) => {
      this.#tell("live", "live");
      this.#onState(/** @type {PageState} */ (JSON.parse(data)));
    });
    source.addEventListener("error", () => {
      // The browser tries again by itself, unless it was refused.
      if (source.readyState === EventSource.CLOSED) void this.#onRefused(source);
      else this.#tell("lost", TRYING);
    });
  }

  close() {
    this.#source?.close();
    this.#source = undefined;
  }

  /** @param {EventSource} source */
  async #onRefused(source) {
    const why = await refusal();
    if (this.#source !== source) return;
    if (why === undefined) this.#tell("lost", TRYING);
    else this.#tell("refused", `${why}, trying`);
    setTimeout(() => {
      if (this.#source === source) this.open();
    }, RETRY_MS);
  }

  /**
   * @param {Condition} condition
   * @param {string} words
   */
  #tell(condition, words) {
    const was = document.body.dataset["link"];
    document.body.dataset["link"] = condition;
    for (const id of ["link", "waiting"]) setText(byId(id), words);
    if (was === condition) return;
    if (condition === "lost") this.#announcer.say("the emulator is not reached");
    else if (condition === "refused") this.#announcer.say(words);
    else if (was !== "connecting") this.#announcer.say("the emulator is reached again");
  }
}

/**
 * Asks why nothing is to be heard, which a source of events does not tell.
 * @returns {Promise<string | undefined>} what the emulator says, if it does
 */
async function refusal() {
  const asking = new AbortController();
  try {
    const answer = await fetch(EVENTS, { signal: asking.signal });
    if (answer.ok) return undefined;
    const { message } = /** @type {{ message?: unknown }} */ (await answer.json());
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  } finally {
    asking.abort();
  }
}
