// The end of every record: its promise is settled once, the buffer gets its room back, the flushes hear of it.
import type { Attempt, KinesisError } from "@shardline/core";
import type { Carrier } from "../record/carrier.ts";
import type { LooseRecord, PendingRecord } from "../record/pending-record.ts";
import { undelivered } from "./undelivered.ts";

export interface SettlementOptions {
  readonly stream: string;
  readonly nowMs: () => number;
  /** Hears of each record once, after its promise was settled. */
  readonly onSettled: (pending: PendingRecord) => void;
  readonly onFailed: (code: KinesisError["code"], records: number) => void;
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
    const attempts: readonly Attempt[] = Object.freeze(carrier.attempts);
    this.#stored += carrier.members.length;
    for (const [subSequenceNumber, pending] of carrier.members.entries()) {
      const { context, earlierAttempts } = pending;
      pending.resolve({
        shardId,
        sequenceNumber,
        subSequenceNumber,
        attempts: earlierAttempts.length === 0 ? attempts : [...earlierAttempts, ...attempts],
        ...(context === undefined ? {} : { context }),
      });
      this.#options.onSettled(pending);
    }
  }

  /** Records are given up. */
  fail(code: Parameters<typeof undelivered>[0], records: readonly LooseRecord[]): void {
    const { nowMs, onFailed, onSettled, stream } = this.#options;
    if (records.length === 0) return;
    this.#failed += records.length;
    for (const record of records) {
      const { pending } = record;
      pending.reject(undelivered(code, record, stream, nowMs() - pending.acceptedAtMs));
      onSettled(pending);
    }
    onFailed(code, records.length);
  }
}
