// What goes wrong: the rules, and what they did.
import { byId, setRows, setText } from "./dom.js";
import { count, countOf, duration, shardNumber, time } from "./format.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {PageState["fired"][number]} Fired
 */

/** @param {PageState} state */
export function showFaults({ faults, faultsLeftOut, fired }) {
  byId("no-faults").hidden = faults.length > 0 || fired.length > 0;
  byId("fault-table").hidden = faults.length === 0;
  byId("fired-details").hidden = fired.length === 0;
  const armed = faults.filter(({ state }) => state === "live").length;
  const hits = faults.reduce((sum, fault) => sum + fault.hits, 0);
  const leftOut = faultsLeftOut === 0 ? "" : ` · ${count(faultsLeftOut)} older ones not shown`;
  const summary = `${count(armed)} armed · fired ${countOf(hits, "time")}${leftOut}`;
  setText(byId("faults-summary"), faults.length === 0 ? "" : summary);
  setRows(byId("faults"), faults.map(ruleOf));
  setRows(byId("fired"), fired.map(rowOf));
}

/**
 * @param {PageState["faults"][number]} fault
 * @returns {import("./dom.js").Row}
 */
function ruleOf({ effect, forMs, hits, id, state, words }) {
  const span = forMs === undefined ? [] : [`for ${duration(forMs)}`];
  const what = [effect, ...words, ...span].join(" · ");
  return { state, cells: [id, what, state === "live" ? "armed" : "spent", count(hits)] };
}

/**
 * @param {Fired} entry
 * @returns {import("./dom.js").Row}
 */
function rowOf({ atMs, effect, operation, ruleId, shardId, stream, table }) {
  const shard = shardId === undefined ? "" : ` ${shardNumber(shardId)}`;
  const of = stream === undefined ? (table ?? "–") : `${stream}${shard}`;
  return { title: ruleId, cells: [time(atMs), effect, operation, of] };
}
