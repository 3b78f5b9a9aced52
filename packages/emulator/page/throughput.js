// What flows through a stream beside what its shards can take and give, and how that went over the last minute.
import { byId, html, setAttributes, setText, svg } from "./dom.js";
import { bytes, count, share } from "./format.js";
import { openCount } from "./streams.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {import("../src/page/page-state.ts").PageShard} PageShard
 * @typedef {import("../src/page/page-state.ts").PageStream} PageStream
 * @typedef {import("../src/page/page-state.ts").Flow} Flow
 * @typedef {{ now: number, limit: number }} Reading
 */

const MINUTE = 60;
/** @type {Flow} */
const NOTHING = {
  recordsIn: 0,
  bytesIn: 0,
  recordsRefused: 0,
  recordsOut: 0,
  bytesOut: 0,
  bytesPushed: 0,
};
const METERS = /** @type {const} */ ([
  ["Records in", count],
  ["Bytes in", bytes],
  ["Bytes out, polled", bytes],
  ["Bytes out, pushed", bytes],
]);

/**
 * How near a shard is to what it may take.
 * @param {PageShard} shard
 * @param {PageState["limits"]} limits
 * @returns {number} from 0 to 1
 */
export function loadOf({ flow }, limits) {
  if (flow === undefined) return 0;
  return Math.min(1, Math.max(flow.recordsIn / limits.recordsIn, flow.bytesIn / limits.bytesIn));
}

/** Shows it, and remembers the last minute of every stream. */
export class Throughput {
  /** @type {Map<string, (readonly number[])[]>} By stream: the readings of each second, oldest first. */
  #pasts = new Map();
  #meters = METERS.map(([name]) => new Meter(name));

  constructor() {
    byId("meters").append(...this.#meters.map(({ element }) => element));
  }

  /**
   * Notes what flows now; called once a second.
   * @param {PageState} state
   */
  note({ limits, streams }) {
    const pasts = streams.map((stream) => {
      const past = this.#pasts.get(stream.id) ?? [];
      const values = readingsOf(stream, limits).map(({ now }) => now);
      return /** @type {const} */ ([stream.id, [...past, values].slice(-MINUTE)]);
    });
    this.#pasts = new Map(pasts);
  }

  /**
   * @param {PageStream} stream
   * @param {PageState["limits"]} limits
   */
  show(stream, limits) {
    const past = this.#pasts.get(stream.id) ?? [];
    readingsOf(stream, limits).forEach((reading, i) => {
      const format = METERS[i]?.[1] ?? count;
      const values = past.map((second) => second[i] ?? 0);
      this.#meters[i]?.show(reading, values, (value) => `${format(value)}/s`);
    });
    const profile = limits.isHeldTo
      ? "held to its limits"
      : "not limited; beside the limits of AWS";
    setText(byId("throughput-summary"), profile);
    setText(byId("busiest"), textOfBusiest(stream, limits));
  }
}

/** One number beside its limit. */
class Meter {
  #value = html("strong");
  #limit = html("span");
  #bar = html("i");
  #line = svg("path");
  element;
  #gauge;

  /** @param {string} name */
  constructor(name) {
    const chart = svg("svg", { viewBox: `0 0 ${MINUTE - 1} 24`, preserveAspectRatio: "none" });
    setAttributes(chart, { "aria-hidden": "true" });
    chart.append(this.#line);
    this.#gauge = html(
      "div",
      { role: "meter", "aria-label": name, "aria-valuemin": "0" },
      this.#bar,
    );
    this.element = html(
      "div",
      { class: "meter" },
      html("h4", {}, name),
      html("p", {}, this.#value, this.#limit),
      this.#gauge,
      chart,
    );
  }

  /**
   * @param {Reading} reading
   * @param {readonly number[]} past
   * @param {(value: number) => string} format
   */
  show({ limit, now }, past, format) {
    const part = limit === 0 ? 0 : Math.min(1, now / limit);
    setText(this.#value, format(now));
    setText(this.#limit, limit === 0 ? "nobody subscribes" : `of ${format(limit)}`);
    setAttributes(this.#gauge, {
      "aria-valuemax": Math.max(limit, 1),
      "aria-valuenow": Math.min(now, Math.max(limit, 1)),
      "aria-valuetext": limit === 0 ? format(now) : `${format(now)} of ${format(limit)}`,
      "data-full": String(part >= 0.95),
    });
    this.#bar.style.width = `${part * 100}%`;
    setAttributes(this.#line, { d: lineOf(past) });
  }
}

/**
 * @param {PageStream} stream
 * @param {PageState["limits"]} limits
 * @returns {readonly Reading[]} one for each meter
 */
function readingsOf(stream, limits) {
  const open = openCount(stream);
  const subscriptions = stream.consumers.reduce(
    (n, { subscribedShardIds: ids }) => n + ids.length,
    0,
  );
  const flow = flowOf(stream);
  return [
    { now: flow.recordsIn, limit: open * limits.recordsIn },
    { now: flow.bytesIn, limit: open * limits.bytesIn },
    { now: flow.bytesOut, limit: polledCount(stream) * limits.bytesOut },
    { now: flow.bytesPushed, limit: subscriptions * limits.bytesPushed },
  ];
}

/**
 * How many shards give something: those that are open, and those that are closed while they are still read.
 * @param {PageStream} stream
 * @returns {number}
 */
function polledCount({ shards }) {
  const gives = shards.filter(
    ({ closedAtMs, flow = NOTHING }) => closedAtMs === undefined || flow.bytesOut > 0,
  );
  return gives.length;
}

/**
 * @param {PageStream} stream
 * @returns {Flow} of all shards
 */
function flowOf({ shards }) {
  const sum = { ...NOTHING };
  for (const { flow = NOTHING } of shards) {
    for (const name of /** @type {(keyof Flow)[]} */ (Object.keys(sum))) sum[name] += flow[name];
  }
  return sum;
}

/**
 * @param {PageStream} stream
 * @param {PageState["limits"]} limits
 * @returns {string}
 */
function textOfBusiest(stream, limits) {
  const open = stream.shards.filter(({ closedAtMs }) => closedAtMs === undefined);
  const byLoad = open.toSorted((a, b) => loadOf(b, limits) - loadOf(a, limits));
  const [busiest] = byLoad;
  const { recordsRefused } = flowOf(stream);
  const load = busiest === undefined ? 0 : loadOf(busiest, limits);
  return [
    busiest === undefined || load === 0
      ? "Nothing is put."
      : `Busiest: ${busiest.id}, at ${share(load)} of what it may take.`,
    ...(recordsRefused === 0 ? [] : [`${count(recordsRefused)} records/s are throttled.`]),
  ].join(" ");
}

/**
 * A line through the values of a minute, the newest at the right end.
 * @param {readonly number[]} values
 * @returns {string}
 */
function lineOf(values) {
  const most = Math.max(1, ...values);
  const from = MINUTE - values.length;
  const points = values.map((value, i) => `${from + i} ${(23 - (value / most) * 21).toFixed(1)}`);
  return points.length < 2 ? "" : `M${points.join("L")}`;
}
