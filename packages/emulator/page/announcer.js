// Says what has changed to those who listen instead of looking: streams that come, go and change their status, shards that
// open and close, and whether the page is still up to date. Never more often than every few seconds, nor much at a time.
import { byId } from "./dom.js";
import { count } from "./format.js";
import { openCount } from "./streams.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {import("../src/page/page-state.ts").PageStream} PageStream
 */

const INTERVAL_MS = 5000;
const MOST = 3;

/** Says it. */
export class Announcer {
  /** @type {Map<string, { text: string, name: string }> | undefined} */
  #known;
  /** @type {string[]} */
  #waiting = [];
  #isQuiet = true;

  /** @param {PageState} state */
  see({ streams }) {
    const now = new Map(streams.map((stream) => [stream.id, describe(stream)]));
    if (this.#known !== undefined) {
      for (const [id, { text }] of now) {
        if (this.#known.get(id)?.text !== text) this.say(text);
      }
      for (const [id, { name }] of this.#known) {
        if (!now.has(id)) this.say(`${name} is gone`);
      }
    }
    this.#known = now;
  }

  /** What is seen next is another choice of streams: none of them has come or gone. */
  forget() {
    this.#known = undefined;
  }

  /** @param {string} text */
  say(text) {
    this.#waiting.push(text);
    if (this.#isQuiet) this.#speak();
  }

  #speak() {
    if (this.#waiting.length === 0) {
      this.#isQuiet = true;
      return;
    }
    const [said, left] = [this.#waiting.slice(-MOST), this.#waiting.length - MOST];
    this.#waiting = [];
    this.#isQuiet = false;
    const more = left > 0 ? [`and ${count(left)} changes before`] : [];
    byId("announcements").textContent = [...said, ...more].join("; ");
    setTimeout(() => this.#speak(), INTERVAL_MS);
  }
}

/** @param {PageStream} stream */
function describe(stream) {
  const { name, shards, status } = stream;
  const open = openCount(stream);
  const closed = shards.length - open;
  const text = `${name}: ${status.toLowerCase()}, ${count(open)} shards open, ${count(closed)} closed`;
  return { name, text };
}
