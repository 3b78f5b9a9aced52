// What the benchmark and the process of a server say to each other.

/** Servers under measurement: ours, what nobody can avoid, and what people use otherwise. */
export type ServerKind =
  | "emulator"
  | "floor, http1"
  | "floor, http2"
  | "kinesalite"
  | "kinesis-local";

/** Asks for a `Usage`, if wanted after a garbage collection. */
export interface AskUsage {
  readonly collect: boolean;
}

/** The first message of a server. */
export interface Ready {
  readonly port: number;
  /** What loading its modules took, in a process that had nothing else to load. */
  readonly loadMs: number;
  /** From then until it listened. Programs that are started by loading them tell it all here. */
  readonly startMs: number;
}

/** What a server has spent and holds. */
export interface Usage {
  /** Since the process began, on all threads. */
  readonly cpuUs: number;
  /** On the heap and in buffers. */
  readonly usedBytes: number;
  readonly rssBytes: number;
}
