// The door: checks a record, counts it, and hands it on, at once or when there is room.
import { type Clock, KinesisError, type UserRecord } from "@shardline/core";
import { AbortableReceipt } from "../record/abortable-receipt.ts";
import type { AbortWatch } from "../record/abort-watch.ts";
import {
  NO_ATTEMPTS,
  type NewRecord,
  type PendingRecord,
  RECORD_OVERHEAD_BYTES,
} from "../record/pending-record.ts";
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
  /** Whether enough is known to judge a record. */
  canJudge(record: UserRecord): boolean;
  /** A copy of a record, once enough is known or was waited for; rejects if the producer is closed by then. */
  untilKnown(record: UserRecord): Promise<UserRecord>;
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
  /** Of records that wait until it is known what the stream takes. */
  readonly #unjudged = new Set<Promise<unknown>>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Resolves when every record that was handed in before is let in or refused; `undefined` if there is none that nobody
   * could judge yet.
   */
  get judged(): Promise<unknown> | undefined {
    return this.#unjudged.size === 0 ? undefined : Promise.allSettled(this.#unjudged);
  }

  /**
   * Resolves with the receipt, or rejects with a KinesisError.
   * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE, BUFFER_FULL
   */
  put(userRecord: UserRecord, signal: AbortSignal | undefined): Promise<Receipt> {
    if (this.#canJudge(userRecord)) return this.#put(userRecord, signal);
    // Inside an object, because whoever waits to have it judged must not wait for the receipt.
    const judged = this.#judgeLater(userRecord, (record) => ({
      receipt: this.#put(record, signal),
    }));
    return judged.then(({ receipt }) => receipt);
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
    if (this.#canJudge(userRecord)) this.#write(userRecord, sink, ticket);
    else {
      this.#judgeLater(userRecord, (record) => this.#write(record, sink, ticket)).catch(
        (error: KinesisError) => sink.failed(error, ticket),
      );
    }
  }

  /**
   * Whether it can be said now if a record may come. While one waits to be judged all others do, or they would come
   * before it.
   */
  #canJudge(userRecord: UserRecord): boolean {
    return this.#unjudged.size === 0 && this.#options.rules.canJudge(userRecord);
  }

  /** Lets a record in once it can be judged; until then it counts in the buffer. */
  #judgeLater<Result>(
    userRecord: UserRecord,
    letIn: (record: UserRecord) => Result,
  ): Promise<Result> {
    const judged = this.#judge(userRecord, letIn);
    const forget = (): void => void this.#unjudged.delete(judged);
    this.#unjudged.add(judged);
    judged.then(forget, forget);
    return judged;
  }

  async #judge<Result>(
    userRecord: UserRecord,
    letIn: (record: UserRecord) => Result,
  ): Promise<Result> {
    const { admission, rules } = this.#options;
    const bytes = bytesOf(userRecord) + RECORD_OVERHEAD_BYTES;
    admission.hold(bytes);
    try {
      userRecord = await rules.untilKnown(userRecord);
    } finally {
      admission.leave(1, bytes);
    }
    return letIn(userRecord);
  }

  #write(userRecord: UserRecord, sink: Sink, ticket: number): void {
    this.#enter(this.#check(userRecord), userRecord.context, sink, ticket);
  }

  #check(userRecord: UserRecord): NewRecord {
    const { admission, onFull, rules } = this.#options;
    rules.requireUsable();
    const record = checkRecord(userRecord, rules.maxRecordBytes, rules.isKeyOptional);
    // Not for want of room for all of it: whoever asked `ready` is promised that one more may come.
    if (onFull === "reject" && !admission.isOpenFor(0)) throw bufferFull(admission);
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

/** Of a record that may be nonsense still. */
function bytesOf(record: UserRecord | undefined): number {
  const data: unknown = record?.data;
  if (typeof data === "string") return Buffer.byteLength(data);
  return data instanceof Uint8Array ? data.length : 0;
}
