// The door: checks a record, counts it, and hands it on, at once or when there is room.
import { type Clock, KinesisError, type RefusedDetails, type UserRecord } from "@shardline/core";
import { AbortableReceipt } from "../record/abortable-receipt.ts";
import type { AbortWatch } from "../record/abort-watch.ts";
import { Entry } from "../record/entry.ts";
import { KnownKeys } from "../record/known-keys.ts";
import type { Members } from "../record/members.ts";
import type { NewRecord } from "../record/new-record.ts";
import type { PendingRecord } from "../record/pending-record.ts";
import type { Receipt } from "../record/receipt.ts";
import { ReceiptPromise } from "../record/receipt-promise.ts";
import { userRecordOf } from "../record/user-record.ts";
import { CHAINED, type Sink } from "../record/sink.ts";
import { isExpired } from "../record/time-to-live.ts";
import type { Admission } from "./admission.ts";
import { checkRecord, isFine, problemOf } from "./check-record.ts";
import type { RecordRules } from "./record-rules.ts";
import { TurnClock } from "./turn-clock.ts";
import { type Destination, expireWaiting, WaitingRecord } from "./waiting-record.ts";

export interface IntakeOptions {
  readonly stream: string;
  /** What the records call it; `undefined` for the producer's own. */
  readonly calledBy: string | undefined;
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
  readonly aborts: AbortWatch<AbortableReceipt>;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #keys = new KnownKeys();
  readonly #clock: TurnClock;
  /** Records that have room, and of which nobody can say yet whether the stream takes them, in order. */
  readonly #unjudged = new Set<WaitingRecord>();
  /** That of a record that is in; none while one comes in, or has to wait and keeps it. */
  #spare: Entry | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#clock = new TurnClock(options.clock);
  }

  /** When the oldest record was put that is not let in, of this stream or of another; Infinity if there is none. */
  get oldestAtMs(): number {
    return Math.min(this.oldestUnjudgedAtMs, putAtMs(this.#options.admission.firstWaiting));
  }

  /** Of the records that wait until it is known what the stream takes, when the first was put; Infinity if none does. */
  get oldestUnjudgedAtMs(): number {
    const [first] = this.#unjudged;
    return putAtMs(first);
  }

  /** Records of this stream that are not let in yet: nobody knows if they may come, or there is no room. */
  waiting(): WaitingRecord[] {
    const { admission, destination } = this.#options;
    const withoutRoom = admission.waiting().filter((each) => each.destination === destination);
    return [...this.#unjudged, ...withoutRoom];
  }

  /**
   * One of them gives up its place. Answers whether it still waited: the place of another may have been what it needed.
   */
  withdraw(waiting: WaitingRecord): boolean {
    return this.#unjudged.delete(waiting) || this.#options.admission.withdraw(waiting);
  }

  /** Settles those whose time is over, those of other streams that wait for room too. */
  expire(ttlMs: number, nowMs: number): void {
    for (const waiting of this.#unjudged) {
      const isOver = isExpired(waiting.pending.acceptedAtMs, ttlMs, nowMs);
      if (isOver) waiting.destination.expire(waiting);
    }
    expireWaiting(this.#options.admission, ttlMs, nowMs);
  }

  /**
   * Resolves with the receipt, or rejects with a KinesisError.
   * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE, BUFFER_FULL
   */
  put(userRecord: UserRecord, signal: AbortSignal | undefined): Promise<Receipt> {
    const { aborts, admission } = this.#options;
    const entry = this.#check(userRecord);
    if (signal !== undefined) {
      const { explicitWords, key } = entry.record;
      const receipt = new AbortableReceipt(signal, aborts, { explicitWords, key });
      this.#enter(entry, receipt);
      return receipt.promise;
    }
    if (this.#canJudge(entry.record) && admission.tryEnter(entry.record.bytes)) {
      this.#pend(entry, CHAINED);
      return this.#accept(entry).chain.join();
    }
    const receipt = new ReceiptPromise();
    this.#enter(entry, receipt);
    return receipt.promise;
  }

  /**
   * Puts a record of which `sink` hears.
   * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE, BUFFER_FULL
   */
  write(userRecord: UserRecord, sink: Sink, ticket: number): void {
    const entry = this.#check(userRecord);
    entry.pending.ticket = ticket;
    this.#enter(entry, sink);
  }

  #check(userRecord: UserRecord): Entry {
    const { admission, onFull, rules, stream } = this.#options;
    rules.requireUsable();
    const entry = this.#spare ?? new Entry();
    this.#spare = undefined;
    checkRecord(userRecord, stream, rules.widestLimits, this.#keys, entry.record);
    entry.pending.context = userRecord.context;
    entry.pending.ticket = 0;
    // Not for want of room for all of it: whoever asked `ready` is promised that one more may come.
    if (onFull === "reject" && !admission.isOpenFor(0))
      throw bufferFull(admission, { stream, record: userRecord });
    return entry;
  }

  /**
   * Whether it can be said now if a record may come. While one waits to be judged all others do, or they would come
   * before it.
   */
  #canJudge(record: NewRecord): boolean {
    const { rules } = this.#options;
    return this.#unjudged.size === 0 && (rules.areKnown || isFine(record, rules.limits));
  }

  #enter(entry: Entry, sink: Sink): void {
    const { admission, destination, onWait } = this.#options;
    const { pending, record } = entry;
    // Room first: one that cannot be judged must not pass those that came before it and wait for room.
    const hasRoom = admission.tryEnter(record.bytes);
    this.#pend(entry, sink);
    if (hasRoom && this.#canJudge(record)) {
      this.#accept(entry);
      return;
    }
    const waiting = new WaitingRecord(record, pending, destination, this.#admit);
    if (hasRoom) this.#holdBack(waiting);
    else admission.wait(waiting);
    onWait(pending);
  }

  /** Hands on a record of which its caller hears at once if something breaks, so that nobody else is told. */
  #accept(entry: Entry): Members {
    const { destination } = this.#options;
    const { pending, record } = entry;
    try {
      const members = destination.accept(record, pending);
      entry.clear();
      this.#spare = entry;
      return members;
    } catch (error) {
      destination.drop(pending);
      throw error;
    }
  }

  /** There is room for a record that waited. */
  readonly #admit = (waiting: WaitingRecord): void => {
    if (this.#canJudge(waiting.record)) this.#judge(waiting);
    else this.#holdBack(waiting);
    this.#options.destination.waited(waiting.pending);
  };

  /** Lets a record that has room wait until it can be judged. */
  #holdBack(waiting: WaitingRecord): void {
    this.#unjudged.add(waiting);
    if (this.#unjudged.size === 1)
      void this.#options.rules.untilKnown().then(() => this.#judgeAll());
  }

  #judgeAll(): void {
    for (const waiting of this.#unjudged) {
      this.#unjudged.delete(waiting);
      this.#judge(waiting);
    }
  }

  #judge(waiting: WaitingRecord): void {
    const { calledBy, destination, rules, stream } = this.#options;
    if (isFine(waiting.record, rules.limits)) {
      try {
        destination.accept(waiting.record, waiting.pending);
      } catch (error) {
        // Nobody hears of this but who finds the record here.
        this.#unjudged.add(waiting);
        destination.break(error);
      }
      return;
    }
    const record = userRecordOf(waiting.loosen(), calledBy);
    destination.refuse(waiting, problemOf(waiting.record, rules.limits, { stream, record }));
  }

  #pend({ pending, record }: Entry, sink: Sink): void {
    const { enter, measure } = this.#options;
    const acceptedAtMs = this.#clock.nowMs();
    measure.entered(record.bytes);
    pending.acceptedAtMs = acceptedAtMs;
    pending.bytes = record.bytes;
    pending.epoch = enter();
    pending.waitingSinceMs = acceptedAtMs;
    pending.sink = sink;
  }
}

function bufferFull(
  { bytes, outstanding }: Admission<WaitingRecord>,
  refused: RefusedDetails,
): KinesisError<"BUFFER_FULL"> {
  return new KinesisError("BUFFER_FULL", {
    message:
      `put rejected: the buffer is full, with ${outstanding} records and ${bytes} bytes not settled; ` +
      "wait for ready(), or raise buffer.maxRecords and buffer.maxBytes",
    isRetryable: true,
    details: { ...refused, records: outstanding, bytes },
  });
}

function putAtMs(waiting: WaitingRecord | undefined): number {
  return waiting?.pending.acceptedAtMs ?? Number.POSITIVE_INFINITY;
}
