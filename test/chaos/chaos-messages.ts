// What the processes of a chaos run are told, and what they say.
import type { EmulatorClientConfig } from "@shardline/emulator";

/** The stream's name. */
export const STREAM = "chaos";
/** The application's name, and that of its lease table and of its stream consumer. */
export const APPLICATION = "chaos-fleet";
/** Where workers and producers write their journals: a pipe that the one who started them reads, and that outlives them. */
export const JOURNAL_FD = 3;
/** Status of a worker that could not begin, and may be able to another time. */
export const START_FAILED = 75;

/** The first message of the emulator's process. */
export interface EmulatorReady {
  readonly client: EmulatorClientConfig;
}

/** How a worker is told to read. */
export type ReadMode = "polling" | "fan-out" | "auto";

/** What a worker's process is told when it starts. */
export interface WorkerSetup {
  readonly name: string;
  readonly readMode: ReadMode;
  readonly kinesis: EmulatorClientConfig;
  readonly dynamodb: EmulatorClientConfig;
  readonly failoverMs: number;
}

/** A line of a worker's journal; times are `machineMs`. */
export type JournalLine = {
  readonly atMs: number;
  readonly shardId: string;
} /** The handler was handed a batch. */ & (
  | { readonly kind: "began"; readonly epoch: number }
  /** The handler is done with the batch and returns: of each record key, number and place, one behind the other. */
  | {
      readonly kind: "handled";
      readonly records: readonly number[];
      /** Whether the shard was read by a subscription at that time. */
      readonly isPushed: boolean;
    }
  | { readonly kind: "taken"; readonly epoch: number; readonly from: string | undefined }
  | { readonly kind: "lost"; readonly cause: string; readonly to: string | undefined }
  | { readonly kind: "released"; readonly to: string | undefined }
  | { readonly kind: "ended" }
  /** An event that says more than what it is about. */
  | { readonly kind: "told"; readonly event: string; readonly detail: string }
);

/** What a producer's process is told when it starts. */
export interface ProducerSetup {
  readonly kinesis: EmulatorClientConfig;
  readonly records: number;
  readonly seed: number;
  /** Which of how many producers it is: each has keys of its own. */
  readonly slot: number;
  readonly slots: number;
  /** Records before this one were put, or lost, by those who had the slot before. */
  readonly from: number;
  /** When the first record is due, by `machineMs`. */
  readonly startMs: number;
  /** Time over which the records are spread. */
  readonly overMs: number;
}

/** A line of a producer's journal; records are told by their index in the workload. */
export type ProducerLine =
  /** It may have put everything before this one. */
  | { readonly kind: "putting"; readonly until: number }
  /** Stored, as it was told: index and place of each, one behind the other. */
  | { readonly kind: "stored"; readonly records: readonly number[] }
  | { readonly kind: "failed"; readonly index: number; readonly why: string }
  /** All is put and settled. */
  | { readonly kind: "done" };
