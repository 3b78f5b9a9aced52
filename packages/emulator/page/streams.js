// The streams to choose from, and what there is to know of the one that is shown.
import { byId, html, setText } from "./dom.js";
import { count, countOf, retention } from "./format.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {import("../src/page/page-state.ts").PageStream} PageStream
 * @typedef {{ element: HTMLElement, link: HTMLElement, about: HTMLElement }} Item
 */

/**
 * @param {PageStream} stream
 * @returns {string} where the address of the page names a stream
 */
export function anchorOf({ id }) {
  return `#${encodeURIComponent(id)}`;
}

/**
 * @param {PageStream} stream
 * @returns {number} how many of its shards are open
 */
export function openCount({ shards }) {
  return shards.filter(({ closedAtMs }) => closedAtMs === undefined).length;
}

/** The list of streams. Each keeps its item, so that a focus stays where it is whatever comes before it. */
export class StreamList {
  /** @type {Map<string, Item>} */
  #items = new Map();

  /**
   * Lists the streams, and marks the one that is shown.
   * @param {PageState} state
   * @param {PageStream | undefined} shown
   * @param {string} named what the names have in them, if that was asked for
   */
  show({ streams, streamsLeftOut }, shown, named) {
    const list = byId("streams");
    const hasManyOwners = new Set(streams.map(ownerOf)).size > 1;
    const ids = new Set(streams.map(({ id }) => id));
    for (const [id, { element }] of this.#items) {
      if (ids.has(id)) continue;
      element.remove();
      this.#items.delete(id);
    }
    streams.forEach((stream, i) => {
      const { about, element, link } = this.#items.get(stream.id) ?? this.#newItem(stream);
      const there = list.children[i] ?? null;
      if (there !== element) list.insertBefore(element, there);
      if (stream === shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      const status = stream.status === "ACTIVE" ? "" : `, ${stream.status.toLowerCase()}`;
      const owner = hasManyOwners ? `${ownerOf(stream)}, ` : "";
      setText(about, `${owner}${count(openCount(stream))} open${status}`);
    });
    const leftOut = byId("streams-left-out");
    const isNone = streams.length === 0 && named !== "";
    leftOut.hidden = streamsLeftOut === 0 && !isNone;
    const more = `and ${countOf(streamsLeftOut, "stream")} more: write more of the name to see them`;
    setText(leftOut, isNone ? `none with “${named}” in its name` : more);
  }

  /**
   * @param {PageStream} stream
   * @returns {Item}
   */
  #newItem(stream) {
    const link = html("a", { href: anchorOf(stream) }, stream.name);
    const about = html("small");
    const item = { element: html("li", {}, link, about), link, about };
    this.#items.set(stream.id, item);
    return item;
  }
}

/**
 * Tells what is known of a stream.
 * @param {PageStream} stream
 */
export function showFacts(stream) {
  setText(byId("stream-name"), stream.name);
  const facts = [
    ["Status", stream.status.toLowerCase()],
    ["Mode", stream.mode === "ON_DEMAND" ? "on demand" : "provisioned"],
    ["Retention", retention(stream.retentionHours)],
    ["Account", stream.accountId],
    ["Region", stream.region],
  ];
  const list = byId("facts");
  if (list.children.length === 0) {
    list.append(...facts.map(() => html("div", {}, html("dt"), html("dd"))));
  }
  facts.forEach(([name = "", value = ""], i) => {
    const [term, fact] = list.children[i]?.children ?? [];
    if (term !== undefined) setText(term, name);
    if (fact !== undefined) setText(fact, value);
  });
}

/**
 * @param {PageStream} stream
 * @returns {string}
 */
function ownerOf({ accountId, region }) {
  return `${accountId} ${region}`;
}
