// DisableEnhancedMonitoring.
// Faithful: ALL means all seven; the answer tells what was and what will be; through UPDATING. Deviates: no metrics are
// published; where nothing changes, the stream stays ACTIVE. How often AWS allows it is not known, so there is no limit.
import { structure } from "../input/compound-shapes.ts";
import {
  changeMetrics,
  MONITORING,
  type MonitoringInput,
  type MonitoringOutput,
} from "../input/monitoring-members.ts";
import type { Operation } from "../operation.ts";
import { withoutMetrics } from "../stream/shard-level-metrics.ts";

/** Has metrics of a stream's shards published no more. */
export const disableEnhancedMonitoring: Operation<MonitoringInput, MonitoringOutput> = {
  name: "DisableEnhancedMonitoring",
  input: structure<MonitoringInput>(MONITORING),
  run: (input, call) => changeMetrics(input, call, withoutMetrics),
};
