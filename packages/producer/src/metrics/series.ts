// One metric in one place: the whole producer, an error code, a stream, a shard. A sample that is added to a series is
// added to all those around it.
import { Histogram, StatisticSet, type Statistics } from "@shardline/core";
import {
  METRICS,
  type MetricKind,
  type MetricName,
  type MetricsGranularity,
} from "./metric-catalog.ts";
import type { MetricDimensions, MetricSnapshot } from "./metric-snapshot.ts";
import { SecondRing } from "./second-ring.ts";

/** Where a series is. */
export interface SeriesPlace {
  readonly name: MetricName;
  readonly granularity: MetricsGranularity;
  readonly dimensions: MetricDimensions;
  /** The series that this one is a part of. */
  readonly parent: Series | undefined;
}

export class Series {
  readonly place: SeriesPlace;
  /** Its parts, by the value of the dimension that tells them apart. */
  readonly children: Map<string, Series> = new Map();
  /** The second in which it was used last. */
  usedAtSecond = -1;
  readonly #kind: MetricKind;
  readonly #total = new StatisticSet();
  readonly #allTotal: Histogram | undefined;
  readonly #ring = new SecondRing();

  constructor(place: SeriesPlace) {
    this.place = place;
    this.#kind = METRICS[place.name];
    this.#allTotal = this.#kind.hasPercentiles === true ? new Histogram() : undefined;
  }

  /** Adds samples of a second; `all` where percentiles are kept. */
  add(second: number, samples: Statistics, all: Histogram | undefined): void {
    this.#total.merge(samples);
    if (this.#allTotal === undefined || all === undefined) {
      this.#ring.add(second, samples);
      return;
    }
    this.#allTotal.merge(all);
    this.#ring.addAll(second, all);
  }

  /** What was added since the start, or within so many seconds up to the given one. */
  read(second: number, windowSeconds: number | undefined): MetricSnapshot {
    const { dimensions, granularity, name } = this.place;
    const { level, unit } = this.#kind;
    const { count, max, min, sum } =
      windowSeconds === undefined ? this.#total : this.#ring.read(second, windowSeconds);
    const known = { name, unit, level, granularity, dimensions, count, sum, min, max };
    if (this.#allTotal === undefined) return Object.freeze(known);
    const all =
      windowSeconds === undefined ? this.#allTotal : this.#ring.readAll(second, windowSeconds);
    return Object.freeze({ ...known, p50: all.quantile(0.5), p99: all.quantile(0.99) });
  }
}
