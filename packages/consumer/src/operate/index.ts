// @shardline/consumer/operate: what operators ask of a lease table from outside, without being a worker.
export { inLineageOrder } from "./lease-order-plan.ts";
export { type LeaseLag, type LeaseLagOptions, measureLag } from "./lease-lag.ts";
export {
  listPatiently,
  type PatientListing,
  type PatientListingOptions,
} from "./patient-listing.ts";
export { LeaseSightings } from "../lease/lease-sightings.ts";
export { haltOf } from "./halt-plan.ts";
