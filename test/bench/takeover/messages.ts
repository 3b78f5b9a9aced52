// What the processes of this suite are told, and what they say.
import type { EmulatorClientConfig } from "@shardline/emulator";

export const STREAM = "bench";
export const SHARDS = 6;

/** What the stream's process is told. */
export interface StreamTask {
  /** How long each call to Kinesis and to the lease table takes beside its work. */
  readonly latencyMs: number;
}

/** What a worker's process is told. */
export interface WorkerTask {
  readonly name: string;
  readonly client: EmulatorClientConfig;
}

/** What a worker's process says; times are `machineMs`. */
export type WorkerNews = { readonly atMs: number } & (
  | { readonly kind: "runs" }
  /** The handler was handed a batch, and returned. */
  | { readonly kind: "batch"; readonly shardId: string }
  | { readonly kind: "taken"; readonly shardId: string }
  | { readonly kind: "gone"; readonly shardId: string }
);

/** Milliseconds since some moment, the same for every process of this machine. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
