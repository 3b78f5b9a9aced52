// What the demo and its worker processes say to each other.
import type { EmulatorClientConfig } from "@shardline/emulator";
import type { Position } from "@shardline/core";
import type { Connection } from "../connection.ts";
import type { Failing } from "./failing.ts";
import type { Handling } from "./handling.ts";

/** All that a worker needs to know. */
export interface WorkerSetup {
  readonly workerId: string;
  readonly application: string;
  readonly stream: string;
  readonly kinesis: EmulatorClientConfig;
  readonly dynamodb: Connection;
  readonly failoverMs: number;
  readonly failing: Failing | undefined;
  readonly handling: Handling;
}

/** A record as it was delivered. */
export interface DeliveredRecord {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  readonly data: Uint8Array;
}

/** From the demo to a worker. */
export type ToWorker =
  | { readonly kind: "start"; readonly setup: WorkerSetup }
  /** The verifier has seen a batch: the handler may return. */
  | { readonly kind: "seen"; readonly batch: number }
  /** From now on the handler does not fail: what was halted is to be tried again. */
  | { readonly kind: "mend" }
  | { readonly kind: "stop" };

/** From a worker to the demo. */
export type FromWorker =
  | {
      readonly kind: "batch";
      readonly batch: number;
      readonly shardId: string;
      /** By what the shard was read when the batch was handed out. */
      readonly readMode: "polling" | "fan-out" | undefined;
      readonly records: readonly DeliveredRecord[];
    }
  /** A line was skipped, or is a dead letter now. */
  | { readonly kind: "given up"; readonly batch: number; readonly data: Uint8Array }
  | { readonly kind: "halted"; readonly shardId: string }
  | { readonly kind: "lease"; readonly shardId: string; readonly isHeld: boolean }
  /** A lease is no longer held, and was not handed over. */
  | { readonly kind: "lost"; readonly shardId: string }
  /** Reading begins behind a checkpoint. */
  | { readonly kind: "begun"; readonly shardId: string; readonly checkpoint: Position }
  | { readonly kind: "failed"; readonly reason: string }
  /** The run is over and the process ends. */
  | { readonly kind: "done" };
