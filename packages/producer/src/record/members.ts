// What belongs to the records of one chunk or carrier beside their bytes, in columns: a record costs a few numbers
// here and no object of its own (`npm run bench -- producer`, "a dead endpoint"). Records of one sink and
// one epoch that stand in a row share a run; columns that few records need are made when the first one comes.
import type { Histogram, StatisticSet } from "@shardline/core";
import { type AttemptLog, NO_ATTEMPTS } from "./attempt-log.ts";
import { Delivery, type Stored } from "./delivery.ts";
import type { PendingRecord } from "./pending-record.ts";
import { PutTimes } from "./put-times.ts";
import { ReceiptChain } from "./receipt-chain.ts";
import { CHAINED, type Sink } from "./sink.ts";

/** Records in a row that have a sink and an epoch in common. */
interface Run {
  readonly sink: Sink;
  readonly epoch: number;
  count: number;
}

/** What carriers that were taken apart left to a record. */
type History = Pick<PendingRecord, "earlierAttempts" | "waitingSinceMs">;

type State =
  | { readonly kind: "whole" }
  /** Each goes on by itself, and has not got anywhere yet. */
  | { readonly kind: "apart"; readonly members: readonly ListedMember[] }
  /** All of them are settled, or in the columns of others. */
  | { readonly kind: "over" };

const WHOLE: State = { kind: "whole" };
const OVER: State = { kind: "over" };

/** One of them; what it counts for in the buffer its content tells. */
export type ListedMember = Omit<PendingRecord, "bytes">;

export class Members {
  readonly #times = new PutTimes();
  readonly #runs: Run[] = [];
  #tickets: number[] | undefined;
  #contexts: unknown[] | undefined;
  #histories: History[] | undefined;
  #lastRun: Run | undefined;
  #chain: ReceiptChain | undefined;
  #bytes = 0;
  #state = WHOLE;

  get length(): number {
    return this.#times.length;
  }

  /** What they count for in the buffer. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest was put; Infinity if there is none. */
  get oldestAtMs(): number {
    return this.#times.oldestMs;
  }

  /** Whether none of them was in a carrier before. */
  get isFresh(): boolean {
    return this.#histories === undefined;
  }

  get runs(): readonly Readonly<Run>[] {
    return this.#runs;
  }

  /** Of the first record: the epoch that it belongs to, and since when it waits. */
  get firstEpoch(): number {
    return this.#runs[0]?.epoch ?? Number.POSITIVE_INFINITY;
  }

  get waitingSinceMs(): number {
    return this.#histories?.[0]?.waitingSinceMs ?? this.#times.at(0);
  }

  /** The sink of records that were added as `CHAINED`. */
  get chain(): ReceiptChain {
    this.#chain ??= new ReceiptChain();
    return this.#chain;
  }

  add(pending: PendingRecord): void {
    const { acceptedAtMs, context, earlierAttempts, ticket } = pending;
    const at = this.#times.length;
    this.#bytes += pending.bytes;
    this.#count(pending.sink === CHAINED ? this.chain : pending.sink, pending.epoch);
    if (ticket !== 0) this.#tickets ??= Array.from({ length: at }, () => 0);
    this.#tickets?.push(ticket);
    if (context !== undefined) this.#contexts ??= Array.from({ length: at });
    this.#contexts?.push(context);
    if (earlierAttempts.count > 0) this.#histories ??= this.#noHistories();
    this.#histories?.push({ earlierAttempts, waitingSinceMs: pending.waitingSinceMs });
    this.#times.add(acceptedAtMs);
  }

  /** Kinesis stored them: every sink that asks for it gets its receipts. */
  deliver(stored: Stored): void {
    this.end();
    const [contexts, histories, tickets] = [this.#contexts, this.#histories, this.#tickets];
    const delivery = new Delivery(stored, { contexts, histories, tickets });
    let at = 0;
    for (const { count, sink } of this.#runs) {
      if (sink.wantsReceipts) sink.stored(delivery, at, at + count);
      at += count;
    }
    this.#chain?.open();
  }

  /** Whether any of their sinks is of some kind. */
  some(isSought: (sink: Sink) => boolean): boolean {
    return this.#runs.some(({ sink }) => isSought(sink));
  }

  /** The most tries of one kind that one of them had before, in carriers that were taken apart. */
  mostEarlier(kind: "count" | "countedTries"): number {
    let most = 0;
    for (const { earlierAttempts } of this.#histories ?? []) {
      most = Math.max(most, earlierAttempts[kind]);
    }
    return most;
  }

  /** Adds what each had waited when their first try together began. */
  addWaits(startedAtMs: number, waitsMs: StatisticSet): void {
    if (this.#histories === undefined) {
      this.#times.forEach((atMs, records) => waitsMs.add(startedAtMs - atMs, records));
      return;
    }
    for (const { waitingSinceMs } of this.#histories) waitsMs.add(startedAtMs - waitingSinceMs);
  }

  /** Adds how long each has been on its way. */
  addAges(nowMs: number, agesMs: Histogram): void {
    this.#times.forEach((atMs, records) => agesMs.record(nowMs - atMs, records));
  }

  /** Adds the tries that each has behind it beyond the first, of which so many together. */
  addRetries(attempts: number, retries: StatisticSet): void {
    if (this.#histories === undefined) retries.add(attempts - 1, this.length);
    else
      for (const { earlierAttempts } of this.#histories)
        retries.add(earlierAttempts.count + attempts - 1);
  }

  /** Each by itself. */
  list(): ListedMember[] {
    const members: ListedMember[] = [];
    for (const { count, epoch, sink } of this.#runs) {
      for (let i = 0; i < count; i += 1) members.push(this.#memberAt(members.length, sink, epoch));
    }
    return members;
  }

  /**
   * Takes them apart for good: what becomes of each is told to each by itself. Answers the same until `end`, so that
   * nobody is lost if something breaks between, and then nobody.
   */
  takeApart(): readonly ListedMember[] {
    if (this.#state.kind === "over") return [];
    if (this.#state.kind === "whole") this.#state = { kind: "apart", members: this.#breakUp() };
    return this.#state.members;
  }

  /** All of them are about to be settled, or are in the columns of others: nobody finds them here any more. */
  end(): void {
    this.#state = OVER;
  }

  #breakUp(): ListedMember[] {
    const chain = this.#chain;
    if (chain === undefined) return this.list();
    const members = this.list().map((member) =>
      member.sink === chain ? { ...member, sink: chain.breakOff() } : member,
    );
    chain.open();
    return members;
  }

  #memberAt(at: number, sink: Sink, epoch: number): ListedMember {
    const acceptedAtMs = this.#times.at(at);
    const history = this.#histories?.[at];
    return {
      acceptedAtMs,
      epoch,
      context: this.#contexts?.[at],
      earlierAttempts: this.#earlierAttempts(at),
      waitingSinceMs: history?.waitingSinceMs ?? acceptedAtMs,
      sink,
      ticket: this.#ticket(at),
    };
  }

  #earlierAttempts(at: number): AttemptLog {
    return this.#histories?.[at]?.earlierAttempts ?? NO_ATTEMPTS;
  }

  #noHistories(): History[] {
    return Array.from({ length: this.length }, (_, at) => ({
      earlierAttempts: NO_ATTEMPTS,
      waitingSinceMs: this.#times.at(at),
    }));
  }

  #ticket(at: number): number {
    return this.#tickets?.[at] ?? 0;
  }

  #count(sink: Sink, epoch: number): void {
    const last = this.#lastRun;
    if (last !== undefined && last.sink === sink && last.epoch === epoch) {
      last.count += 1;
      return;
    }
    this.#lastRun = { sink, epoch, count: 1 };
    this.#runs.push(this.#lastRun);
  }
}
