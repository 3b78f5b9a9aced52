// Pure: all that is wrong with an application, as far as it can be seen from outside.
import { findHoles, findNoLeases, findRecreation } from "./coverage-diagnosis-plan.ts";
import type { Finding } from "./finding.ts";
import {
  findForeignProtocol,
  findHaltedShards,
  findUnreadableItems,
} from "./item-diagnosis-plan.ts";
import { findStuckChains } from "./lineage-diagnosis-plan.ts";
import { findStaleOwners, findThrottling } from "./owner-diagnosis-plan.ts";
import type { Snapshot } from "./snapshot.ts";

/** Causes before what follows from them. */
const DIAGNOSES: readonly ((snapshot: Snapshot) => readonly Finding[])[] = [
  findRecreation,
  findForeignProtocol,
  findUnreadableItems,
  findThrottling,
  findStaleOwners,
  findHaltedShards,
  findStuckChains,
  findHoles,
  findNoLeases,
];

/** Everything that is found. */
export function diagnose(snapshot: Snapshot): readonly Finding[] {
  return DIAGNOSES.flatMap((find) => find(snapshot));
}
