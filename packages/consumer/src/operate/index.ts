// @shardline/consumer/operate: what operators ask of a lease table from outside, without being a worker.
export { inLineageOrder } from "./lease-order-plan.ts";
export { type LeaseLag, type LeaseLagOptions, measureLag } from "./lease-lag.ts";
export { listPatiently, type PatientAnswer } from "./patient-listing.ts";
export { LeaseSightings } from "../lease/lease-sightings.ts";
export { haltOf } from "./halt-plan.ts";
export { diagnose } from "./diagnosis-plan.ts";
export type { Finding, FindingKind } from "./finding.ts";
export {
  type Look,
  type SeenStream,
  type Snapshot,
  type SnapshotOptions,
  takeSnapshot,
} from "./snapshot.ts";
export { type PreparedReset, prepareReset, type ResetOptions } from "./reset.ts";
export type { ResetCheckpoint, ResetStep } from "./reset-plan.ts";
export {
  type ResetOutcome,
  type ResetWritingOptions,
  writeResetStep,
} from "./reset-writing.ts";
