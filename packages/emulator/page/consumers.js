// The registered consumers of a stream, with their subscriptions.
import { byId, setRows } from "./dom.js";
import { count, shardNumbers } from "./format.js";
import { openCount } from "./streams.js";

/** @typedef {import("../src/page/page-state.ts").PageStream} PageStream */

/** @param {PageStream} stream */
export function showConsumers(stream) {
  const { consumers } = stream;
  const open = openCount(stream);
  byId("no-consumers").hidden = consumers.length > 0;
  byId("consumer-table").hidden = consumers.length === 0;
  const rows = consumers.map(({ name, status, subscribedShardIds: ids }) => ({
    state: status,
    cells: [
      name,
      status.toLowerCase(),
      `${count(ids.length)} of ${count(open)}`,
      shardNumbers(ids) || "–",
    ],
  }));
  setRows(byId("consumers"), rows);
}
