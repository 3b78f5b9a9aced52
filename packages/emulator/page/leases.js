// Lease tables: who has which shard, up to where it is done, and how far that is behind. One part of the page for each
// table, made when it is first seen.
import { byId, html, setRows, setText } from "./dom.js";
import { count, countOf, duration, shardNumber, time } from "./format.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {import("../src/page/seen-tables.ts").SeenTable} SeenTable
 * @typedef {import("../src/page/seen-tables.ts").LeaseView} LeaseView
 * @typedef {{ element: HTMLElement, summary: HTMLElement, workers: HTMLElement, body: HTMLElement }} Part
 */

const WORDS = new Map([
  ["SHARD_END", "end of the shard"],
  ["TRIM_HORIZON", "oldest record"],
  ["LATEST", "from when it began"],
  ["AT_TIMESTAMP", "from a time"],
]);
const HEADS = /** @type {const} */ ([
  ["Shard", ""],
  ["Owner", "long"],
  ["Position", "long"],
  ["Behind", "number"],
]);
/** So many workers are told by name. */
const MOST_WORKERS = 12;
const NOBODY = "nobody";

/** The lease tables. */
export class Leases {
  /** @type {Map<string, Part>} */
  #parts = new Map();

  /** @param {PageState} state */
  show({ tables }) {
    byId("no-leases").hidden = tables.length > 0;
    const keys = new Set(tables.map(keyOf));
    for (const [key, { element }] of this.#parts) {
      if (keys.has(key)) continue;
      element.remove();
      this.#parts.delete(key);
    }
    for (const table of tables) this.#showTable(table);
  }

  /** @param {SeenTable} table */
  #showTable(table) {
    const { body, summary, workers } = this.#parts.get(keyOf(table)) ?? this.#newPart(table);
    const { leases, leasesLeftOut } = table;
    const streams = new Set(leases.map(({ stream }) => stream ?? "a stream not known"));
    const leftOut = leasesLeftOut === 0 ? "" : ` · ${count(leasesLeftOut)} not shown`;
    const about = streams.size === 1 ? [...streams].join("") : countOf(streams.size, "stream");
    setText(summary, `${countOf(leases.length, "lease")} of ${about}${leftOut}`);
    showWorkers(workers, leases);
    setRows(
      body,
      leases.map((lease) => rowOf(lease, streams.size > 1)),
    );
  }

  /**
   * @param {SeenTable} table
   * @returns {Part}
   */
  #newPart({ accountId, name, region }) {
    const summary = html("p", { class: "aside" });
    const workers = html("ul", { class: "workers", "aria-label": `Workers of table ${name}` });
    const body = html("tbody");
    const heads = HEADS.map(([head, kind]) => html("th", { scope: "col", class: kind }, head));
    const label = `Leases of table ${name}`;
    const table = html(
      "table",
      {},
      html("caption", { class: "unseen" }, label),
      html("thead", {}, html("tr", {}, ...heads)),
      body,
    );
    const heading = html("div", { class: "heading" }, html("h3", {}, name), summary);
    const scroll = { class: "scroll", role: "region", "aria-label": label, tabindex: "0" };
    const element = html("section", {}, heading, workers, html("div", scroll, table));
    element.title = `${accountId} ${region}`;
    byId("leases").append(element);
    const part = { element, summary, workers, body };
    this.#parts.set(keyOf({ accountId, name, region }), part);
    return part;
  }
}

/** @param {Pick<SeenTable, "accountId" | "region" | "name">} table */
function keyOf({ accountId, name, region }) {
  return `${accountId}/${region}/${name}`;
}

/**
 * Lists how many leases each worker has, the most first. Those of shards that are done are nobody's work any more.
 * @param {HTMLElement} list
 * @param {readonly LeaseView[]} leases
 */
function showWorkers(list, leases) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { lag, owner = NOBODY } of leases) {
    if (lag.kind !== "ended") counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, MOST_WORKERS);
  const rest = sorted.slice(MOST_WORKERS).reduce((sum, [, held]) => sum + held, 0);
  if (rest > 0) shown.push([countOf(sorted.length - MOST_WORKERS, "other"), rest]);
  while (list.children.length > shown.length) list.lastElementChild?.remove();
  shown.forEach(([owner, held], i) => {
    const item = list.children[i] ?? list.appendChild(html("li", {}, html("span"), html("b")));
    const [name, number] = item.children;
    if (name !== undefined) setText(name, owner);
    if (number !== undefined) setText(number, count(held));
  });
}

/**
 * @param {LeaseView} lease
 * @param {boolean} isOfMany whether the table is about more than one stream
 * @returns {import("./dom.js").Row}
 */
function rowOf(lease, isOfMany) {
  const { checkpoint, key, lag, owner, shardId, stream } = lease;
  const shard = shardNumber(shardId);
  return {
    state: lag.kind,
    title: `${key} at ${checkpoint}`,
    cells: [
      isOfMany && stream !== undefined ? `${stream} ${shard}` : shard,
      owner ?? (lag.kind === "ended" ? "–" : NOBODY),
      positionOf(lease),
      lagText(lag),
    ],
  };
}

/** @param {LeaseView} lease */
function positionOf({ checkpoint, place }) {
  if (place !== undefined) return `record ${count(place.record)}, ${time(place.putAtMs)}`;
  return WORDS.get(checkpoint) ?? checkpoint;
}

/** @param {LeaseView["lag"]} lag */
function lagText(lag) {
  switch (lag.kind) {
    case "behind": {
      if (lag.behindMs === 0) return "0 s";
      const records = lag.records === undefined ? "" : `, ${count(lag.records)} rec.`;
      return `${duration(lag.behindMs)}${records}`;
    }
    case "ended":
      return "done";
    case "unknown":
      return "–";
  }
}
