// One look at an emulator: everything that the page tells, as it is at one moment.
import type { Emulator } from "../emulator.ts";
import type { FaultLogEntry, ListedFault } from "../faults/faults.ts";
import type { Limits } from "../limits/limits.ts";
import { type SeenStream, seeStream } from "./seen-stream.ts";
import type { SeenTable, SeenTables } from "./seen-tables.ts";

/** The emulator at one moment. */
export interface Look {
  /** By the monotonic clock. */
  readonly nowMs: number;
  readonly storage: {
    readonly bytes: number;
    readonly maxBytes: number;
    /** Before their time. */
    readonly droppedRecords: number;
  };
  readonly limits: Limits;
  readonly streams: readonly SeenStream[];
  readonly tables: readonly SeenTable[];
  readonly faults: readonly ListedFault[];
  /** The oldest first. */
  readonly fired: readonly FaultLogEntry[];
}

/** Looks at an emulator and the lease tables beside it. */
export function lookAt(emulator: Emulator, tables: SeenTables): Look {
  const { faults, settings } = emulator;
  const streams = [...emulator.streams()];
  const { droppedRecords, storedBytes } = emulator.stats();
  return {
    nowMs: settings.clock.nowMs(),
    storage: { bytes: storedBytes, maxBytes: settings.maxBytes, droppedRecords },
    limits: settings.limits,
    streams: streams.map(seeStream),
    faults: faults.list(),
    fired: faults.log(),
    tables: tables.see(streams),
  };
}
