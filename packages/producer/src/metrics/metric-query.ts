// What is asked of the metrics, checked.
import { integer, oneOf, optional, resolveOptions, group } from "@shardline/core";
import { METRICS, type MetricName } from "./metric-catalog.ts";
import { RING_SECONDS } from "./second-ring.ts";

const query = group({
  name: optional(oneOf(...(Object.keys(METRICS) as MetricName[]))),
  windowSeconds: optional(integer({ min: 1, max: RING_SECONDS })),
});

/**
 * Refuses what no series could answer.
 * @throws KinesisError INVALID_OPTIONS
 */
export function checkMetricQuery(name: unknown, windowSeconds: unknown): void {
  resolveOptions("metrics", query, { name, windowSeconds });
}
