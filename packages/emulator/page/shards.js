// The same shards as a table, for whoever wants to read or search them. Nothing is filled in while it is folded.
import { byId, setRows, setText } from "./dom.js";
import { bytes, count, countOf, share, shardNumbers, time } from "./format.js";
import { openCount } from "./streams.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageShard} PageShard
 * @typedef {import("../src/page/page-state.ts").PageStream} PageStream
 */

const KEYS = 2 ** 128;

/**
 * @param {PageShard} shard
 * @returns {number} which part of all hash keys are its own
 */
export function sizeOf({ end, start }) {
  return Number(BigInt(end) - BigInt(start) + 1n) / KEYS;
}

/**
 * Sums up the shards of a stream, and lists them if the table is open.
 * @param {PageStream} stream
 */
export function showShards(stream) {
  const { rows, shards, shardsLeftOut } = stream;
  const open = openCount(stream);
  const parts = [
    `${count(open)} open`,
    `${count(shards.length - open)} closed`,
    countOf(rows, "generation"),
    ...(shardsLeftOut === 0 ? [] : [`${count(shardsLeftOut)} older ones not shown`]),
  ];
  setText(byId("lineage-summary"), parts.join(" · "));
  const details = /** @type {HTMLDetailsElement} */ (byId("shard-details"));
  setRows(byId("shards"), details.open ? shards.map(rowOf) : []);
}

/**
 * @param {PageShard} shard
 * @returns {import("./dom.js").Row}
 */
function rowOf(shard) {
  const { closedAtMs, createdAtMs, end, flow, id, parents, start } = shard;
  const isOpen = closedAtMs === undefined;
  return {
    state: isOpen ? "open" : "closed",
    title: `${start} to ${end}`,
    cells: [
      id,
      isOpen ? `open, ${time(createdAtMs)}` : `closed, ${time(closedAtMs)}`,
      share(sizeOf(shard)),
      shardNumbers(parents) || "–",
      flow === undefined ? "–" : `${bytes(flow.bytesIn)}/s`,
      flow === undefined ? "–" : `${bytes(flow.bytesOut + flow.bytesPushed)}/s`,
    ],
  };
}
