// The streams to choose from, and what there is to know of the one that is shown.
import { byId, html, setText } from "./dom.js";
import { count, countOf, retention } from "./format.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {import("../src/page/page-state.ts").PageStream} PageStream
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

/**
 * Lists the streams, and marks the one that is shown.
 * @param {PageState} state
 * @param {PageStream | undefined} shown
 */
export function showStreams({ streams, streamsLeftOut }, shown) {
  const list = byId("streams");
  const hasManyOwners = new Set(streams.map(ownerOf)).size > 1;
  while (list.children.length > streams.length) list.lastElementChild?.remove();
  streams.forEach((stream, i) => {
    const item = list.children[i] ?? list.appendChild(newItem());
    const [link, about] = [item.querySelector("a"), item.querySelector("small")];
    if (link === null || about === null) return;
    if (link.getAttribute("href") !== anchorOf(stream)) link.href = anchorOf(stream);
    if (stream === shown) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    setText(link, stream.name);
    const status = stream.status === "ACTIVE" ? "" : `, ${stream.status.toLowerCase()}`;
    const owner = hasManyOwners ? `${ownerOf(stream)}, ` : "";
    setText(about, `${owner}${count(openCount(stream))} open${status}`);
  });
  const leftOut = byId("streams-left-out");
  leftOut.hidden = streamsLeftOut === 0;
  setText(leftOut, `and ${countOf(streamsLeftOut, "stream")} more, not shown`);
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

function newItem() {
  return html("li", {}, html("a"), html("small"));
}
