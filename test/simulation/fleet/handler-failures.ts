// What a world's handlers fail on, and what becomes of it: poison, records that make trouble for a while, the sink of dead
// letters, which fails and hangs itself, and the operator of shards that are halted.
import type {
  ConsumedRecord,
  ConsumerOptions,
  DeadLetter,
  ShardContext,
} from "@shardline/consumer";
import { comparePositions, type Position, type Random, sleep } from "@shardline/core";
import { decodeRecord, isPoisonous } from "../evidence/sim-record.ts";
import type { FaultCounts } from "../faults/fault-counts.ts";
import { drawDelayMs } from "../odds.ts";
import { type HandlerEvidence, placeOf } from "./handler-evidence.ts";
import type { HandlerOdds } from "./handler-odds.ts";
import type { WatchedConsumer } from "./named-consumer.ts";
import type { SimProcess } from "./sim-process.ts";

export interface HandlerFailuresOptions {
  readonly odds: HandlerOdds;
  readonly process: SimProcess;
  readonly random: Random;
  readonly faults: FaultCounts;
  readonly evidence: HandlerEvidence;
}

/** A record that is failed on until some time. */
interface Trouble {
  readonly at: Position;
  readonly untilMs: number;
}

const BACKOFF = { baseMs: 20, maxMs: 500 };
const NEVER = new AbortController().signal;
/** Of letters in worlds where handlers hang. */
const SINK_HANGS = 0.02;
/** An operator comes within this share of the rest, or when it is over. */
const TENDED_WITHIN = 1.2;
const SKIPPED_BY_OPERATOR = 0.3;

export class HandlerFailures {
  readonly #options: HandlerFailuresOptions;
  /** By shard. */
  readonly #troubles = new Map<string, Trouble>();
  /** By shard and first record: what its handler failed on last. */
  readonly #failed = new Map<string, readonly Position[]>();
  readonly #visits = new Set<Disposable>();
  #troubleAtMs: number;
  #isCalm = false;

  constructor(options: HandlerFailuresOptions) {
    this.#options = options;
    this.#troubleAtMs = this.#drawTroubleAtMs();
  }

  get policy(): Pick<ConsumerOptions, "onFailure"> {
    const { bisects: bisect, haltMs, maxAttempts, poison } = this.#options.odds;
    if (poison === "none") return {};
    const shared = { maxAttempts, backoff: BACKOFF, bisect };
    switch (poison) {
      case "halt":
        return { onFailure: { ...shared, then: poison, haltMs } };
      case "skip":
        return { onFailure: { ...shared, then: poison } };
      case "dead-letter":
        return {
          onFailure: { ...shared, then: poison, deadLetter: (letter) => this.#take(letter) },
        };
    }
  }

  /** From here on it fails on poison alone, and operators see to what is halted. */
  calm(): void {
    this.#isCalm = true;
    this.#troubles.clear();
  }

  end(): void {
    for (const visit of this.#visits) visit[Symbol.dispose]();
  }

  /** The first record on which the handler is to fail; none if negative. */
  faultIn(records: readonly ConsumedRecord[], shardId: string): number {
    const { poison } = this.#options.odds;
    if (poison === "none") return -1;
    if (poison !== "halt") return records.findIndex(({ data }) => isPoisonous(decodeRecord(data)));
    const trouble = this.#troubleWith(records, shardId);
    if (trouble === undefined) return -1;
    return records.findIndex((record) => comparePositions(record, trouble.at) === 0);
  }

  /** The handler has not done these, and says so by throwing or by naming the first. */
  failed({ shardId }: ShardContext, records: readonly Position[]): void {
    const [first] = records;
    if (first !== undefined) this.#failed.set(idOf(shardId, first), records.map(placeOf));
  }

  /** It is called with records that begin with this one, perhaps again. */
  begun({ shardId }: ShardContext, first: Position): void {
    this.#failed.delete(idOf(shardId, first));
  }

  watch(consumer: WatchedConsumer): void {
    const { evidence } = this.#options;
    consumer.on("recordsSkipped", ({ attempts, by, first, last, records, shardId }) => {
      const skipped = this.#failedBetween(shardId, first, last);
      const isAll = skipped.length === records;
      const positions = isAll ? skipped : [first, last];
      evidence.dealtWith("skipped", shardId, positions, { by, attempts });
    });
    consumer.on("recordDeadLettered", (fields) => {
      evidence.tell("recordDeadLettered", { ...placeOf(fields), shardId: fields.shardId });
    });
    consumer.on("shardResumed", (fields) => evidence.tell("shardResumed", fields));
    consumer.on("shardHalted", (news) => {
      const { attempts, records, retryAfterMs, shardId } = news;
      evidence.tell("shardHalted", { ...placeOf(news), shardId, attempts, records, retryAfterMs });
      this.#tend(consumer, shardId);
    });
  }

  #failedBetween(shardId: string, first: Position, last: Position): readonly Position[] {
    const failed = this.#failed.get(idOf(shardId, first)) ?? [];
    return failed.filter((at) => comparePositions(at, last) <= 0);
  }

  #troubleWith(records: readonly ConsumedRecord[], shardId: string): Trouble | undefined {
    const { faults, odds, process, random } = this.#options;
    const nowMs = process.nowMs();
    const known = this.#troubles.get(shardId);
    if (known !== undefined && nowMs < known.untilMs) return known;
    this.#troubles.delete(shardId);
    const at = records[Math.floor(random.next() * records.length)];
    if (this.#isCalm || nowMs < this.#troubleAtMs || at === undefined) return undefined;
    faults.add("handler in trouble for a while");
    const trouble = { at: placeOf(at), untilMs: nowMs + random.next() * odds.maxTroubleMs };
    this.#troubles.set(shardId, trouble);
    this.#troubleAtMs = this.#drawTroubleAtMs();
    return trouble;
  }

  #drawTroubleAtMs(): number {
    const { odds, process, random } = this.#options;
    return process.nowMs() + drawDelayMs(odds.troubleMs, random);
  }

  /** It heeds no signal. */
  async #take(letter: DeadLetter): Promise<void> {
    const { evidence, faults, odds, process, random } = this.#options;
    evidence.offered(letter);
    const hangs = !this.#isCalm && odds.hangs > 0 && random.next() < SINK_HANGS;
    if (hangs) faults.add("dead-letter sink hangs");
    const forMs = random.next() * (hangs ? odds.maxHangMs : odds.maxLetterMs);
    await sleep(process, forMs, NEVER);
    if (!this.#isCalm && random.next() < odds.sinkFails) {
      faults.add("dead-letter sink fails");
      throw new Error("the sink failed, as sinks do");
    }
    const why = { by: "policy", attempts: letter.attempts } as const;
    evidence.dealtWith("dead-lettered", letter.shardId, [letter], why);
  }

  /** An operator may come and have the shard try again, or go on without the record. */
  #tend(consumer: WatchedConsumer, shardId: string): void {
    const { evidence, faults, odds, process, random } = this.#options;
    if (random.next() >= odds.tended) return;
    const what = random.next() < SKIPPED_BY_OPERATOR ? "skipRecord" : "retryShard";
    const visit = process.startTimer(random.next() * TENDED_WITHIN * odds.haltMs, () => {
      this.#visits.delete(visit);
      if (!consumer[what](shardId)) return;
      faults.note(`operator's ${what}`);
      evidence.tell(what, { shardId });
    });
    this.#visits.add(visit);
  }
}

function idOf(shardId: string, { sequenceNumber, subSequenceNumber }: Position): string {
  return `${shardId} ${sequenceNumber} ${subSequenceNumber}`;
}
