// EnableEnhancedMonitoring.
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
import { withMetrics } from "../stream/shard-level-metrics.ts";

/** Has metrics of a stream's shards published. */
export const enableEnhancedMonitoring: Operation<MonitoringInput, MonitoringOutput> = {
  name: "EnableEnhancedMonitoring",
  input: structure<MonitoringInput>(MONITORING),
  run: (input, call) => changeMetrics(input, call, withMetrics),
};
