// The drawing of a stream's shards: hash keys from left to right, generations from top to bottom. Every row is covered
// from end to end; how deep the colour of an open shard is says how near it is to its write limit.
import { setAttributes, setText, svg } from "./dom.js";
import { shardNumber } from "./format.js";
import { loadOf } from "./throughput.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {import("../src/page/page-state.ts").PageShard} PageShard
 * @typedef {import("../src/page/page-state.ts").PageStream} PageStream
 * @typedef {{ group: SVGGElement, rect: SVGRectElement, label: SVGTextElement }} Drawn
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 */

const GUTTER = 26;
const AXIS = 22;
const MOST_HEIGHT = 360;
const ROW = { least: 14, most: 52 };
/** A label needs so much room, in pixels. */
const LABEL = { width: 9, height: 14 };
/** What is narrower has no edges, or there would be nothing else. */
const EDGED = 1.5;
/** From this load on a label is light on dark, or the other way round in a dark scheme. */
const LIGHT_ON_DARK = 0.65;
const KEYS = 2 ** 128;
const TICKS = /** @type {const} */ ([
  [0, "0"],
  [0.25, "¼"],
  [0.5, "½"],
  [0.75, "¾"],
  [1, "2¹²⁸"],
]);

/** The drawing. */
export class Lineage {
  #svg;
  #rows = svg("g", { class: "rows" });
  #shards = svg("g");
  #axis = svg("g", { class: "axis" });
  #cursor = svg("rect", { class: "cursor", visibility: "hidden" });
  /** @type {Map<string, Drawn>} */
  #drawn = new Map();
  /** @type {PageStream | undefined} */
  #stream;
  /** @type {PageState["limits"] | undefined} */
  #limits;
  /** @type {string | undefined} */
  #chosen;

  /** @param {SVGSVGElement} root */
  constructor(root) {
    this.#svg = root;
    root.append(this.#rows, this.#shards, this.#cursor, this.#axis);
    new ResizeObserver(() => this.#draw()).observe(root);
  }

  /**
   * Shows the shards of a stream as they are now.
   * @param {PageStream} stream
   * @param {PageState["limits"]} limits
   */
  show(stream, limits) {
    if (stream.id !== this.#stream?.id) this.#clear();
    this.#stream = stream;
    this.#limits = limits;
    this.#draw();
  }

  /**
   * Draws a frame around a shard.
   * @param {string | undefined} shardId
   */
  choose(shardId) {
    this.#chosen = shardId;
    this.#drawCursor();
  }

  /**
   * The shard at a place of the window.
   * @param {number} clientX
   * @param {number} clientY
   * @returns {PageShard | undefined}
   */
  shardAt(clientX, clientY) {
    const { left, top } = this.#svg.getBoundingClientRect();
    const [x, y] = [clientX - left, clientY - top];
    return this.#stream?.shards.find((shard) => {
      const box = this.#boxOf(shard);
      return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
    });
  }

  #clear() {
    for (const { group } of this.#drawn.values()) group.remove();
    this.#drawn.clear();
    this.choose(undefined);
  }

  #draw() {
    const stream = this.#stream;
    if (stream === undefined) return;
    const height = this.#rowHeight * stream.rows + AXIS;
    setAttributes(this.#svg, { height, "data-shards": stream.shards.length });
    for (const shard of stream.shards) this.#drawShard(shard);
    const ids = new Set(stream.shards.map(({ id }) => id));
    for (const [id, { group }] of this.#drawn) {
      if (ids.has(id)) continue;
      group.remove();
      this.#drawn.delete(id);
    }
    this.#drawRows(stream.rows);
    this.#drawAxis(height);
    this.#drawCursor();
  }

  /** @param {PageShard} shard */
  #drawShard(shard) {
    const { group, rect, label } = this.#drawn.get(shard.id) ?? this.#newShard(shard);
    const box = this.#boxOf(shard);
    const isOpen = shard.closedAtMs === undefined;
    const load = isOpen && this.#limits !== undefined ? loadOf(shard, this.#limits) : 0;
    const isEdged = box.width >= EDGED;
    setAttributes(group, {
      "data-state": isOpen ? "open" : "closed",
      "data-load": load > LIGHT_ON_DARK ? "high" : "low",
      "data-edged": String(isEdged),
    });
    group.style.setProperty("--load", load.toFixed(3));
    // Without edges they overlap a little, so that nothing shines through between them.
    const gap = isEdged ? Math.min(1, box.width / 4) : -0.5;
    setAttributes(rect, {
      x: (box.x + Math.max(0, gap / 2)).toFixed(2),
      y: box.y + 0.5,
      width: (box.width - gap).toFixed(2),
      height: box.height - 1,
    });
    const text = shardNumber(shard.id);
    const fits = box.width > LABEL.width * (text.length + 1) && box.height >= LABEL.height;
    setText(label, fits ? text : "");
    setAttributes(label, { x: box.x + box.width / 2, y: box.y + box.height / 2 });
  }

  /** @param {number} rows */
  #drawRows(rows) {
    while (this.#rows.children.length > rows) this.#rows.lastElementChild?.remove();
    for (let row = 0; row < rows; row += 1) {
      const label = this.#rows.children[row] ?? this.#rows.appendChild(svg("text"));
      setAttributes(label, { x: GUTTER - 10, y: (row + 0.5) * this.#rowHeight });
      setText(label, String(row + 1));
    }
  }

  /** @param {number} height */
  #drawAxis(height) {
    TICKS.forEach(([at, text], i) => {
      const label = this.#axis.children[i] ?? this.#axis.appendChild(svg("text"));
      const anchor = at === 0 ? "start" : at === 1 ? "end" : "middle";
      setAttributes(label, {
        x: GUTTER + at * this.#width,
        y: height - 5,
        "text-anchor": anchor,
      });
      setText(label, text);
    });
  }

  #drawCursor() {
    const shard = this.#stream?.shards.find(({ id }) => id === this.#chosen);
    if (shard === undefined) {
      setAttributes(this.#cursor, { visibility: "hidden" });
      return;
    }
    const { height, width, x, y } = this.#boxOf(shard);
    const seen = Math.max(width, 3);
    setAttributes(this.#cursor, {
      visibility: "visible",
      x: x - (seen - width) / 2,
      y,
      width: seen,
      height,
    });
  }

  /**
   * @param {PageShard} shard
   * @returns {Drawn}
   */
  #newShard(shard) {
    const drawn = { group: svg("g"), rect: svg("rect"), label: svg("text") };
    setAttributes(drawn.group, { class: "shard", "data-id": shard.id });
    drawn.group.append(drawn.rect, drawn.label);
    this.#shards.append(drawn.group);
    this.#drawn.set(shard.id, drawn);
    return drawn;
  }

  /**
   * @param {PageShard} shard
   * @returns {Box}
   */
  #boxOf({ end, lastRow, row, start }) {
    const from = Number(start) / KEYS;
    // Both ends belong to the shard, so the next one begins a key further.
    const to = Number(BigInt(end) + 1n) / KEYS;
    return {
      x: GUTTER + from * this.#width,
      y: row * this.#rowHeight,
      width: (to - from) * this.#width,
      height: (lastRow - row + 1) * this.#rowHeight,
    };
  }

  get #width() {
    return Math.max(0, this.#svg.clientWidth - GUTTER);
  }

  get #rowHeight() {
    const rows = Math.max(1, this.#stream?.rows ?? 1);
    return Math.max(ROW.least, Math.min(ROW.most, Math.floor(MOST_HEIGHT / rows)));
  }
}
