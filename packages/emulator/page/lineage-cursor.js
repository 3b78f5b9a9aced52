// Which shard of the drawing is looked at: the one that is pointed at, or that arrow keys have come to. What is known of
// it stands below the drawing, and is what a screen reader says.
import { byId, setAttributes, setText } from "./dom.js";
import { bytes, count, share, shardNumbers, time } from "./format.js";
import { sizeOf } from "./shards.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageShard} PageShard
 * @typedef {import("../src/page/page-state.ts").PageStream} PageStream
 * @typedef {import("./lineage.js").Lineage} Lineage
 */

/** How far a key goes; a number of shards would take too long where there are many. */
const STEPS = /** @type {const} */ ({
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  End: Infinity,
  Home: -Infinity,
});

/** The shard that is looked at. */
export class LineageCursor {
  #lineage;
  #element = byId("lineage");
  /** @type {readonly PageShard[]} Row by row. */
  #shards = [];
  /** @type {string | undefined} */
  #shardId;

  /** @param {Lineage} lineage */
  constructor(lineage) {
    this.#lineage = lineage;
    this.#element.addEventListener("keydown", (event) => this.#onKey(event));
    for (const kind of /** @type {const} */ (["pointermove", "pointerdown"])) {
      this.#element.addEventListener(kind, ({ clientX, clientY }) => {
        const shard = lineage.shardAt(clientX, clientY);
        if (shard !== undefined) this.#choose(shard.id);
      });
    }
  }

  /** @param {PageStream} stream */
  show(stream) {
    this.#shards = stream.shards.toSorted((a, b) => a.row - b.row || startOf(a) - startOf(b));
    this.#tell();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
    if (step === undefined) return;
    event.preventDefault();
    const last = this.#shards.length - 1;
    const at = this.#at;
    const next = at < 0 && Number.isFinite(step) ? 0 : Math.max(0, at) + step;
    const shard = this.#shards[Math.max(0, Math.min(last, next))];
    if (shard !== undefined) this.#choose(shard.id);
  }

  get #at() {
    return this.#shards.findIndex(({ id }) => id === this.#shardId);
  }

  /** @param {string} shardId */
  #choose(shardId) {
    this.#shardId = shardId;
    this.#lineage.choose(shardId);
    this.#tell();
  }

  #tell() {
    const at = this.#at;
    const shard = this.#shards[at];
    const text = shard === undefined ? "no shard chosen" : textOf(shard);
    setAttributes(this.#element, {
      "aria-valuemax": Math.max(1, this.#shards.length),
      "aria-valuenow": Math.max(1, at + 1),
      "aria-valuetext": text,
    });
    const hint = "Point at a shard, or use the arrow keys.";
    setText(byId("lineage-readout"), shard === undefined ? hint : text);
  }
}

/** @param {PageShard} shard */
function startOf({ start }) {
  return Number(start);
}

/**
 * @param {PageShard} shard
 * @returns {string}
 */
function textOf(shard) {
  const { closedAtMs, createdAtMs, flow, id, parents } = shard;
  const opened = time(createdAtMs);
  return [
    id,
    closedAtMs === undefined ? `open since ${opened}` : `${opened} to ${time(closedAtMs)}, closed`,
    `${share(sizeOf(shard))} of the hash keys`,
    ...(parents.length === 0 ? [] : [`child of ${shardNumbers(parents)}`]),
    ...(flow === undefined
      ? []
      : [
          `${count(flow.recordsIn)} records/s and ${bytes(flow.bytesIn)}/s in`,
          `${bytes(flow.bytesOut + flow.bytesPushed)}/s out`,
        ]),
  ].join(" · ");
}
