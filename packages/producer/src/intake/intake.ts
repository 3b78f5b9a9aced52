// The door: checks a record, counts it, and hands it on, at once or when there is room.
import { type Clock, KinesisError, type UserRecord } from "@shardline/core";
import { AbortableReceipt } from "../record/abortable-receipt.ts";
import type { AbortWatch } from "../record/abort-watch.ts";
import { NO_ATTEMPTS, type NewRecord, type PendingRecord } from "../record/pending-record.ts";
import type { Receipt } from "../record/receipt.ts";
import { ReceiptPromise } from "../record/receipt-promise.ts";
import { CHAINED, type Sink } from "../record/sink.ts";
import type { Admission } from "./admission.ts";
import { checkRecord } from "./check-record.ts";
import { type Destination, WaitingRecord } from "./waiting-record.ts";

/** What a stream takes. */
export interface RecordRules {
  readonly maxRecordBytes: number;
  readonly isKeyOptional: boolean;
  /** Throws if nothing can be put at all. */
  requireUsable(): void;
  /** A copy of a record, once enough is known to judge it; `undefined` if it is already. */
  untilKnownFor(record: UserRecord): Promise<UserRecord> | undefined;
}

export interface IntakeOptions {
  readonly clock: Clock;
  readonly admission: Admission<WaitingRecord>;
  readonly onFull: "wait" | "reject";
  readonly rules: RecordRules;
  /** Counts a record for the flushes; answers its epoch. */
  readonly enter: () => number;
  /** Counts it for whoever wants figures. */
  readonly measure: { entered(bytes: number): void };
  readonly destination: Destination;
  /** A record waits, and must be looked at when its time is over. */
  readonly onWait: (pending: PendingRecord) => void;
  readonly aborts: AbortWatch;
}

export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the receipt, or rejects with a KinesisError.
   * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE, BUFFER_FULL
   */
  put(userRecord: UserRecord, signal: AbortSignal | undefined): Promise<Receipt> {
    const known = this.#options.rules.untilKnownFor(userRecord);
    return known === undefined
      ? this.#put(userRecord, signal)
      : known.then((record) => this.#put(record, signal));
  }

  #put(userRecord: UserRecord, signal: AbortSignal | undefined): Promise<Receipt> {
    const { aborts, admission, destination } = this.#options;
    const record = this.#check(userRecord);
    if (signal !== undefined) {
      const receipt = new AbortableReceipt(signal, aborts);
      this.#enter(record, userRecord.context, receipt, 0);
      return receipt.promise;
    }
    if (admission.tryEnter(record.bytes)) {
      const pending = this.#pend(record, userRecord.context, CHAINED, 0);
      return destination.accept(record, pending).chain.join();
    }
    const receipt = new ReceiptPromise();
    this.#wait(record, userRecord.context, receipt, 0);
    return receipt.promise;
  }

  /**
   * Puts a record of which `sink` hears.
   * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE, BUFFER_FULL
   */
  write(userRecord: UserRecord, sink: Sink, ticket: number): void {
    const known = this.#options.rules.untilKnownFor(userRecord);
    if (known === undefined) this.#write(userRecord, sink, ticket);
    else {
      void known
        .then((record) => this.#write(record, sink, ticket))
        .catch((error: KinesisError) => sink.failed(error, ticket));
    }
  }

  #write(userRecord: UserRecord, sink: Sink, ticket: number): void {
    this.#enter(this.#check(userRecord), userRecord.context, sink, ticket);
  }

  #check(userRecord: UserRecord): NewRecord {
    const { admission, onFull, rules } = this.#options;
    rules.requireUsable();
    const record = checkRecord(userRecord, rules.maxRecordBytes, rules.isKeyOptional);
    if (onFull === "reject" && !admission.isOpenFor(record.bytes)) throw bufferFull(admission);
    return record;
  }

  #enter(record: NewRecord, context: unknown, sink: Sink, ticket: number): void {
    const { admission, destination } = this.#options;
    if (!admission.tryEnter(record.bytes)) this.#wait(record, context, sink, ticket);
    else destination.accept(record, this.#pend(record, context, sink, ticket));
  }

  #wait(record: NewRecord, context: unknown, sink: Sink, ticket: number): void {
    const { admission, destination, onWait } = this.#options;
    const pending = this.#pend(record, context, sink, ticket);
    admission.wait(new WaitingRecord(record, pending, destination));
    onWait(pending);
  }

  #pend(record: NewRecord, context: unknown, sink: Sink, ticket: number): PendingRecord {
    const { clock, enter, measure } = this.#options;
    const acceptedAtMs = clock.nowMs();
    measure.entered(record.bytes);
    return {
      acceptedAtMs,
      bytes: record.bytes,
      epoch: enter(),
      context,
      earlierAttempts: NO_ATTEMPTS,
      waitingSinceMs: acceptedAtMs,
      sink,
      ticket,
    };
  }
}

function bufferFull({ bytes, outstanding }: Admission<WaitingRecord>): KinesisError<"BUFFER_FULL"> {
  return new KinesisError("BUFFER_FULL", {
    message:
      `put rejected: the buffer is full, with ${outstanding} records and ${bytes} bytes not settled; ` +
      "wait for ready(), or raise buffer.maxRecords and buffer.maxBytes",
    isRetryable: true,
    details: { records: outstanding, bytes },
  });
}
