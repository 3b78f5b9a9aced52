// All series there are: for each metric a tree, from the whole producer down to shards. Their number is bounded; of too
// many, the one that was unused for longest goes.
import type { Histogram, Statistics } from "@shardline/core";
import { METRICS, type MetricName, type MetricsGranularity } from "./metric-catalog.ts";
import type { MetricDimensions, MetricSnapshot } from "./metric-snapshot.ts";
import { Series } from "./series.ts";

/** Where samples come from. */
export interface SamplePlace {
  readonly stream: string;
  /** Left out where nobody knows. */
  readonly shardId?: string | undefined;
  /** Value of the label dimension of metrics that have one. */
  readonly label?: string;
}

const DEPTH: Readonly<Record<MetricsGranularity, number>> = { global: 0, stream: 1, shard: 2 };

export class SeriesSet {
  readonly #granularity: MetricsGranularity;
  readonly #maxSeries: number;
  readonly #roots = new Map<MetricName, Series>();
  /** The least recently used first, to the second. */
  readonly #used = new Set<Series>();

  constructor(granularity: MetricsGranularity, maxSeries: number) {
    this.#granularity = granularity;
    this.#maxSeries = maxSeries;
  }

  get size(): number {
    return this.#used.size;
  }

  /** Adds samples of a second to the series of their place and to those around it. */
  add(
    name: MetricName,
    place: SamplePlace,
    second: number,
    samples: Statistics,
    all?: Histogram,
  ): void {
    let series: Series | undefined = this.#leafOf(name, place);
    for (; series !== undefined; series = series.place.parent) {
      series.add(second, samples, all);
      this.#use(series, second);
    }
    this.#evict();
  }

  /** Each series of a metric, the whole producer's first; that one is there even if nothing was ever added. */
  read(name: MetricName, second: number, windowSeconds: number | undefined): MetricSnapshot[] {
    const root = this.#roots.get(name) ?? rootOf(name);
    return flat(root).map((series) => series.read(second, windowSeconds));
  }

  #leafOf(name: MetricName, { label, shardId, stream }: SamplePlace): Series {
    const { deepest, label: labelName } = METRICS[name];
    const depth = Math.min(DEPTH[deepest], DEPTH[this.#granularity]);
    let series = this.#roots.get(name);
    if (series === undefined) {
      series = rootOf(name);
      this.#roots.set(name, series);
    }
    if (labelName !== undefined && label !== undefined) {
      series = childOf(series, labelName, label, "global");
    }
    if (depth >= DEPTH.stream) series = childOf(series, "StreamName", stream, "stream");
    if (depth < DEPTH.shard || shardId === undefined) return series;
    return childOf(series, "ShardId", shardId, "shard");
  }

  #use(series: Series, second: number): void {
    if (series.usedAtSecond === second) return;
    series.usedAtSecond = second;
    this.#used.delete(series);
    this.#used.add(series);
  }

  #evict(): void {
    if (this.#used.size <= this.#maxSeries) return;
    for (const series of this.#used) {
      // One with parts is used whenever they are.
      if (series.children.size > 0) continue;
      this.#used.delete(series);
      this.#forget(series);
      if (this.#used.size <= this.#maxSeries) return;
    }
  }

  #forget({ place }: Series): void {
    const { dimensions, name, parent } = place;
    if (parent === undefined) this.#roots.delete(name);
    else parent.children.delete(ownValueOf(dimensions, parent.place.dimensions));
  }
}

function rootOf(name: MetricName): Series {
  return new Series({ name, granularity: "global", dimensions: {}, parent: undefined });
}

function childOf(
  parent: Series,
  dimension: keyof MetricDimensions,
  value: string,
  granularity: MetricsGranularity,
): Series {
  const known = parent.children.get(value);
  if (known !== undefined) return known;
  const { dimensions, name } = parent.place;
  const extended = Object.freeze({ ...dimensions, [dimension]: value });
  const child = new Series({ name, granularity, dimensions: extended, parent });
  parent.children.set(value, child);
  return child;
}

/** The value of the one dimension that a series has and its parent has not. */
function ownValueOf(dimensions: MetricDimensions, around: MetricDimensions): string {
  const names = Object.keys(dimensions) as (keyof MetricDimensions)[];
  const own = names.find((name) => around[name] === undefined);
  return (own === undefined ? "" : dimensions[own]) ?? "";
}

function flat(series: Series): Series[] {
  return [series, ...[...series.children.values()].flatMap(flat)];
}
