// What the benchmark and a process with records outstanding say to each other.
import type { OutstandingWayName } from "./outstanding-ways.ts";

/** What the process is told when it starts. */
export interface OutstandingArgument {
  readonly way: OutstandingWayName;
  /** The URL of an endpoint that answers no PutRecords. */
  readonly endpoint: string;
  readonly records: number;
}

/** What the process holds when all are outstanding, more than before, in bytes. */
export interface Outstanding {
  readonly rssBytes: number;
}
