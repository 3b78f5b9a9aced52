export { AggregateBuilder } from "./aggregate-builder.ts";
export { deaggregate } from "./deaggregate.ts";
export type { AggregatedRecord, Deaggregation, RecordTag } from "./deaggregation.ts";
export { isAggregate, writeDigests } from "./envelope.ts";
export { type Inspection, inspectData, type PlainCause } from "./inspect-data.ts";
