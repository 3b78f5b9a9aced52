// What the processes of a chaos run are told, and what they say.
import type { EmulatorClientConfig } from "@shardline/emulator";

/** The stream's name. */
export const STREAM = "chaos";
/** The application's name, and that of its lease table. */
export const APPLICATION = "chaos-fleet";
/** Where a worker writes its journal: a pipe that the one who started it reads. What is in it outlives the worker. */
export const JOURNAL_FD = 3;

/** The first message of the emulator's process. */
export interface EmulatorReady {
  readonly client: EmulatorClientConfig;
}

/** What a worker's process is told when it starts. */
export interface WorkerSetup {
  readonly name: string;
  readonly client: EmulatorClientConfig;
  readonly failoverMs: number;
}

/** A line of a worker's journal; times are `machineMs`. */
export type JournalLine = {
  readonly atMs: number;
  readonly shardId: string;
} /** The handler was handed a batch. */ & (
  | { readonly kind: "began"; readonly epoch: number }
  /** The handler is done with the batch and returns: key and number of each record, one behind the other. */
  | { readonly kind: "handled"; readonly records: readonly number[] }
  | { readonly kind: "taken"; readonly epoch: number; readonly from: string | undefined }
  | { readonly kind: "lost"; readonly cause: string; readonly to: string | undefined }
  | { readonly kind: "released"; readonly to: string | undefined }
  | { readonly kind: "ended" }
  /** An event that says more than what it is about. */
  | { readonly kind: "told"; readonly event: string; readonly detail: string }
);

/** What the producer's process is told when it starts. */
export interface ProducerSetup {
  readonly client: EmulatorClientConfig;
  readonly records: number;
  readonly seed: number;
  /** Time over which the records are spread. */
  readonly overMs: number;
}

/** What the producer says: twice a second how far it is, and in the end. */
export interface ProducerProgress {
  readonly put: number;
  readonly stored: number;
  /** Why puts failed, the first few. */
  readonly failures: readonly string[];
  readonly isDone: boolean;
}
