// The end of every record: its sink hears of it once, the buffer gets its room back, the flushes hear of it.
import type { KinesisError } from "@shardline/core";
import type { Carrier } from "../record/carrier.ts";
import { peekUnanswered } from "../record/unpack.ts";
import type { LooseRecord, PendingRecord } from "../record/pending-record.ts";
import type { Sink } from "../record/sink.ts";
import type { FlushBarrier } from "./flush-barrier.ts";
import { undelivered } from "./undelivered.ts";

export interface SettlementOptions {
  readonly stream: string;
  /** What the records call it; left out for the producer's own. */
  readonly calledBy?: string | undefined;
  readonly barrier: Pick<FlushBarrier, "leave">;
  /** So many records are settled, which counted for so many bytes. */
  readonly onRoom: (records: number, bytes: number) => void;
  /** Counts what is settled, for whoever wants figures. */
  readonly measure: SettlementMeasure;
  /** Records of a carrier were settled with errors, of which the first is told. */
  readonly onFailed: (error: KinesisError, records: number) => void;
}

/** Hears of all that is settled, before anybody else does. */
export interface SettlementMeasure {
  left(records: number, bytes: number): void;
  stored(carrier: Carrier, shardId: string): void;
  failed(code: KinesisError["code"], records: readonly LooseRecord[]): void;
}

/** Settles records and counts how. */
export class Settlement {
  readonly #options: SettlementOptions;
  #stored = 0;
  #failed = 0;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  get stored(): number {
    return this.#stored;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Kinesis stored a carrier: every record in it gets its receipt. */
  store(carrier: Carrier, shardId: string, sequenceNumber: string): void {
    const { barrier, measure, onRoom } = this.#options;
    const { attempts, members } = carrier;
    measure.stored(carrier, shardId);
    this.#stored += members.length;
    members.deliver({ shardId, sequenceNumber, attempts });
    for (const { count, epoch } of members.runs) barrier.leave(epoch, "stored", count);
    measure.left(members.length, members.bytes);
    onRoom(members.length, members.bytes);
  }

  /** Records are given up. */
  fail(
    code: Parameters<typeof undelivered>[0],
    records: readonly LooseRecord[],
    nowMs: number,
  ): void {
    const { barrier, calledBy, measure, onFailed, onRoom, stream } = this.#options;
    measure.failed(code, records);
    let first: KinesisError | undefined;
    let bytes = 0;
    for (const record of records) {
      const { pending } = record;
      const error = undelivered(code, record, stream, nowMs - pending.acceptedAtMs, calledBy);
      first ??= error;
      bytes += pending.bytes;
      pending.sink.failed(error, pending.ticket);
      barrier.leave(pending.epoch, "failed", 1);
    }
    if (first === undefined) return;
    this.#failed += records.length;
    measure.left(records.length, bytes);
    onRoom(records.length, bytes);
    onFailed(first, records.length);
  }

  /** A record that was let in is not here after all, and whoever put it knows. */
  drop({ bytes, epoch }: PendingRecord): void {
    const { barrier, measure, onRoom } = this.#options;
    barrier.leave(epoch, "failed", 1);
    this.#failed += 1;
    measure.left(1, bytes);
    onRoom(1, bytes);
  }

  /** A record that waited to be judged turned out to be one that the stream does not take. */
  refuse(record: LooseRecord, error: KinesisError): void {
    const { barrier, measure, onFailed, onRoom } = this.#options;
    const { bytes, epoch, sink, ticket } = record.pending;
    measure.failed(error.code, [record]);
    sink.failed(error, ticket);
    barrier.leave(epoch, "failed", 1);
    this.#failed += 1;
    measure.left(1, bytes);
    onRoom(1, bytes);
    onFailed(error, 1);
  }

  /** Tells the aborted records of a carrier that goes on without them that they may be stored all the same. */
  disown(carrier: Carrier, isAborted: (sink: Sink) => boolean, nowMs: number): void {
    if (!carrier.members.some(isAborted)) return;
    const { calledBy, stream } = this.#options;
    for (const record of peekUnanswered(carrier, isAborted)) {
      const { acceptedAtMs, sink, ticket } = record.pending;
      const elapsedMs = nowMs - acceptedAtMs;
      sink.failed(undelivered("RECORD_ABORTED", record, stream, elapsedMs, calledBy), ticket);
    }
  }
}
