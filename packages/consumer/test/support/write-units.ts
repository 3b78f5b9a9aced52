// A lease table that takes so many writes a second, and refuses the others as DynamoDB does.
import type { VirtualClock } from "@shardline/core/testing";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { failed } from "./failures.ts";

export interface WriteUnits {
  readonly faults: Interceptors<LeaseTable>;
  /** Writes taken and refused so far. */
  readonly counts: { readonly taken: number; readonly refused: number };
}

/** `perSecond` of 0 refuses them all; nothing is saved up from one second to the next. */
export function limitWriteUnits(clock: VirtualClock, perSecond: () => number): WriteUnits {
  const counts = { taken: 0, refused: 0 };
  let second = { number: -1, taken: 0 };
  const spend = (): void => {
    const number = Math.floor(clock.nowMs() / 1000);
    if (second.number !== number) second = { number, taken: 0 };
    if (second.taken >= perSecond()) {
      counts.refused += 1;
      throw failed("throttled", "ProvisionedThroughputExceededException");
    }
    second.taken += 1;
    counts.taken += 1;
  };
  return {
    counts,
    faults: {
      create: async (next, ...args) => {
        spend();
        return next(...args);
      },
      update: async (next, ...args) => {
        spend();
        return next(...args);
      },
      delete: async (next, ...args) => {
        spend();
        return next(...args);
      },
    },
  };
}
