// The suite "emulator": what calls cost it, what it holds, and how soon it is there.
import type { Comparison } from "../suite.ts";
import { persistedComparisons } from "./persisted.ts";
import { pushComparison, pushLatencyComparison } from "./fan-out.ts";
import { anotherComparison } from "./another.ts";
import { getRecordsComparison } from "./gets.ts";
import { idleSubscriptionsComparison } from "./idle-subscriptions.ts";
import { inProcessComparison } from "./in-process.ts";
import { largeRecordComparison, putRecordComparison, putRecordsComparison } from "./puts.ts";
import { startComparisons } from "./start.ts";
import { storedComparisons } from "./stored.ts";

/** The goals E1 to E12. */
export async function* emulator(): AsyncGenerator<Comparison> {
  yield* startComparisons();
  yield anotherComparison();
  yield* putRecordsComparison();
  yield* putRecordComparison();
  yield* largeRecordComparison();
  yield* getRecordsComparison();
  yield* pushComparison();
  yield* pushLatencyComparison();
  yield* idleSubscriptionsComparison();
  yield* storedComparisons();
  yield inProcessComparison();
  yield* persistedComparisons();
}
