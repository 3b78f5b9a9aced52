// Peers that are calls, not producers: so many lanes, each with one PutRecords call under way.
import type { Load } from "./load.ts";

/** As many as our producer makes at a time. */
export const CALLS = 24;

/** A peer's way to make a call. */
export interface Caller {
  /** Puts some records in one call, and answers how many. @throws unless all of them were stored */
  readonly call: () => Promise<number>;
  readonly close: () => void;
}

/** Keeps all lanes busy. */
export function callLoad({ call, close }: Caller): Load {
  return {
    run: async (limit) => {
      let records = 0;
      const keepBusy = async (): Promise<void> => {
        while (!limit.isOver) {
          // Not in one expression, which would read the sum before the wait.
          const put = await call();
          records += put;
        }
      };
      await Promise.all(Array.from({ length: CALLS }, keepBusy));
      return records;
    },
    close: async () => close(),
  };
}
