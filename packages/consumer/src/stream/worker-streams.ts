// What a worker knows of its streams: that it has one, or that many come and go, makes no difference to it.
import type { EventSink, Events } from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";
import type { Lease } from "../lease/lease.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import type { TableLook } from "../lease/table-look.ts";
import type { StartupPhases } from "../startup-phases.ts";
import type { DeskSupplies, StreamDesk } from "./stream-desk.ts";

/** What the streams of a worker are made with. */
export interface StreamsSupplies extends DeskSupplies {
  readonly table: LeaseTable;
  /** The same one, for writes that can wait. */
  readonly patientTable: LeaseTable;
  readonly events: Events<ConsumerEvents>;
  /** Ends the worker. */
  readonly onFailure: (error: unknown) => void;
  /** A stream is not read any more. */
  readonly onStreamGone: () => void;
}

export interface WorkerStreams {
  /** How leases are told of. */
  readonly leaseEvents: EventSink<ConsumerEvents>;
  /** Those whose shards are being read, or have just been. */
  readonly desks: readonly StreamDesk[];
  /**
   * Resolves when leases may be taken, with a look at the table that `prepare` gets.
   * @throws KinesisError if there is nothing to read by this lease table
   */
  find(
    prepare: () => Promise<TableLook>,
    phases: StartupPhases,
    signal: AbortSignal,
  ): Promise<TableLook>;
  /** Keeps up with the streams until the signal aborts; rejects with what ends the worker. */
  follow(signal: AbortSignal): Promise<void>;
  /** Whether this worker reads the stream of a lease. */
  serves(lease: Pick<Lease, "key">): boolean;
  /** The desk of a lease that has become ours; `undefined` if its stream has gone meanwhile. */
  deskOf(lease: Pick<Lease, "key">): StreamDesk | undefined;
}
