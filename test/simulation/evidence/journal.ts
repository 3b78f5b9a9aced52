// What was seen in a world, in order: the evidence of the checkers, and the story that a broken world tells.
import type { Lease, LeaseMove } from "@shardline/consumer";
import type { Distribution, Position } from "@shardline/core";
import type { Receipt } from "@shardline/producer";
import type { SimRecord } from "./sim-record.ts";

/** A user record inside a Kinesis record. */
export interface LandedRecord {
  readonly record: SimRecord;
  readonly partitionKey: string;
  readonly subSequenceNumber: number;
  /** Whether it travels by itself, or its hash key belongs to the shard: if not, readers drop it. */
  readonly isInRange: boolean;
}

/** A Kinesis record on its way. */
export interface SentCarrier {
  /** Where it is to go. */
  readonly hashKey: bigint;
  /** As the service counts them: data and partition key. */
  readonly bytes: number;
  readonly records: readonly SimRecord[];
}

/** What its sender was told of a Kinesis record; `unknown` where it may have been stored all the same. */
export type SentOutcome = "stored" | "throttled" | "failed" | "unknown";

/**
 * healed: no more faults. quiet: everything is at rest, and one worker is replaced. settled: nothing is to move any more.
 * ending: all are about to be told to stop.
 */
export type Phase = "healed" | "quiet" | "settled" | "ending";

/** One thing that happened, and to which process; `localMs` is the time by its own monotonic clock. */
export type JournalEntry =
  /** A producer was asked to put a record. */
  | {
      readonly kind: "put";
      readonly process: string;
      readonly localMs: number;
      readonly record: SimRecord;
      /** Data and partition key. */
      readonly bytes: number;
    }
  /** Its receipt came. */
  | {
      readonly kind: "stored";
      readonly process: string;
      readonly localMs: number;
      readonly record: SimRecord;
      readonly receipt: Receipt;
    }
  /** It was settled with an error. */
  | {
      readonly kind: "failed";
      readonly process: string;
      readonly record: SimRecord;
      readonly code: string;
      /** Whether the error leaves it open if the record is stored. */
      readonly mayHaveBeenWritten: boolean;
    }
  /** A producer was closed, and gave its own counts. */
  | {
      readonly kind: "closed";
      readonly process: string;
      readonly stored: number;
      readonly failed: number;
    }
  /** A producer told of its stream, or was told. */
  | {
      readonly kind: "told";
      readonly process: string;
      readonly localMs: number;
      readonly news: ProducerNews;
    }
  /** A producer calls PutRecords. */
  | {
      readonly kind: "sent";
      readonly process: string;
      readonly localMs: number;
      /** Counts all calls of a world. */
      readonly call: number;
      readonly carriers: readonly SentCarrier[];
    }
  /** It has an answer, or has given it up. */
  | {
      readonly kind: "answered";
      readonly process: string;
      readonly localMs: number;
      readonly call: number;
      readonly outcomes: readonly SentOutcome[];
    }
  /** Kinesis has stored a Kinesis record. */
  | {
      readonly kind: "landed";
      readonly process: string;
      /** Whether the network had brought the same call before. */
      readonly isRepeat: boolean;
      readonly shardId: string;
      readonly sequenceNumber: string;
      readonly records: readonly LandedRecord[];
    }
  /** GetRecords was sent. */
  | {
      readonly kind: "read";
      readonly process: string;
      readonly shardId: string;
      /** By the clock of the process. */
      readonly localMs: number;
    }
  /** An answer with records has come. */
  | {
      readonly kind: "fetched";
      readonly process: string;
      readonly shardId: string;
      /** Of data and partition keys. */
      readonly bytes: number;
      /** Kinesis records, in order. */
      readonly sequenceNumbers: readonly string[];
    }
  /** A handler was called with a record. */
  | {
      readonly kind: "delivered";
      readonly process: string;
      readonly shardId: string;
      readonly epoch: number;
      /** Whether the handler's batch begins with it. */
      readonly isFirst: boolean;
      readonly position: Position;
      readonly record: SimRecord;
    }
  /**
   * A handler has returned, or the failure policy has dealt with what it threw on: these are done. The KCL passes over
   * those of an aggregate of two shards, which the producer puts again.
   */
  | {
      readonly kind: "handled";
      readonly process: string;
      readonly shardId: string;
      readonly how: "returned" | "skipped" | "dead-lettered" | "passed over";
      readonly positions: readonly Position[];
    }
  /** A handler came to its end, however it did. */
  | {
      readonly kind: "left";
      readonly process: string;
      readonly shardId: string;
      readonly epoch: number;
    }
  /** A process asked the lease table for a write, which has not arrived yet. */
  | {
      readonly kind: "asked";
      readonly process: string;
      readonly key: string;
      readonly move: LeaseMove;
      /** By the process's own clock. */
      readonly localMs: number;
    }
  /** The lease table took a write. */
  | {
      readonly kind: "table";
      readonly process: string;
      readonly key: string;
      readonly before: Lease | undefined;
      readonly after: Lease | undefined;
      /** When an update was sent, by the clock of the process. */
      readonly sentAtMs?: number | undefined;
      /** Whether it was to create an item that is not there. */
      readonly isCreation?: boolean | undefined;
    }
  /** A handler asks for a checkpoint, or its promise has settled. */
  | {
      readonly kind: "checkpoint";
      readonly process: string;
      readonly shardId: string;
      readonly epoch: number;
      readonly position: Position;
      /** Otherwise the code of the error. */
      readonly outcome: "asked" | "written" | (string & {});
    }
  /** A process begins, stands still, is told to stop, or ends. */
  | {
      readonly kind: "life";
      readonly process: string;
      readonly what: "started" | "paused" | "told to stop" | "stopped" | "killed";
      /** How long it stands still. */
      readonly forMs: number;
    }
  /** The world enters a phase. */
  | { readonly kind: "phase"; readonly process: string; readonly phase: Phase }
  /** A consumer told of its lease. */
  | {
      readonly kind: "lease";
      readonly process: string;
      readonly what: string;
      readonly fields: object;
    }
  /** Something befell a process, or the world where there is none. */
  | { readonly kind: "world"; readonly process: string; readonly what: string };

/** What a producer learned of its stream. */
export type ProducerNews =
  | {
      readonly kind: "other shards";
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly kind: "other distribution"; readonly distribution: Distribution }
  | { readonly kind: "open shards"; readonly count: number };

/** Kinds of entries. */
export type JournalKind = JournalEntry["kind"];

/** An entry and its time. */
export type TimedEntry = JournalEntry & { readonly atMs: number };

/** An entry of some kind and its time. */
export type EntryOf<Kind extends JournalKind> = Extract<TimedEntry, { kind: Kind }>;

type Sight<Kind extends JournalKind> = (entry: EntryOf<Kind>) => void;

/** What a checker looks at, kind by kind, as it is written; each throws a BrokenInvariant. */
export type Sights = { readonly [Kind in JournalKind]?: Sight<Kind> };

/** Holds one invariant. */
export interface Checker {
  readonly name: string;
  readonly sights?: Sights;
  /** Looks at the whole state, every so many steps. */
  look?(): void;
  /** After everything has come to rest. */
  atEnd?(): void;
}

/** What a checker throws. */
export class BrokenInvariant extends Error {
  readonly checker: string;
  /** Whom it concerns; empty for all. */
  readonly processes: readonly string[];

  constructor(checker: string, what: string, ...processes: readonly string[]) {
    super(`${checker}: ${what}`);
    this.name = "BrokenInvariant";
    this.checker = checker;
    this.processes = processes;
  }
}

/** How much is kept, for the part of it that a failure tells. */
const KEPT = 8192;

export class Journal {
  readonly #nowMs: () => number;
  readonly #heeded: string | undefined;
  readonly #checkers: Checker[] = [];
  readonly #sights: Partial<Record<JournalKind, Sight<JournalKind>[]>> = {};
  readonly #kept: TimedEntry[] = [];
  #written = 0;
  readonly counts = new Map<JournalKind, number>();
  #broken: BrokenInvariant | undefined;

  /** `heeded`: the only checker that counts; all do unless it is given. */
  constructor(nowMs: () => number, heeded?: string) {
    this.#nowMs = nowMs;
    this.#heeded = heeded;
  }

  /** The first invariant that broke. */
  get broken(): BrokenInvariant | undefined {
    return this.#broken;
  }

  /** The last entries, oldest first. */
  get recent(): readonly TimedEntry[] {
    const next = this.#written % KEPT;
    return [...this.#kept.slice(next), ...this.#kept.slice(0, next)];
  }

  watch(...checkers: readonly Checker[]): void {
    for (const checker of checkers) {
      this.#checkers.push(checker);
      for (const [kind, see] of Object.entries(checker.sights ?? {})) {
        (this.#sights[kind as JournalKind] ??= []).push(see as Sight<JournalKind>);
      }
    }
  }

  write(entry: JournalEntry): void {
    const timed: TimedEntry = { ...entry, atMs: this.#nowMs() };
    this.counts.set(entry.kind, (this.counts.get(entry.kind) ?? 0) + 1);
    this.#kept[this.#written % KEPT] = timed;
    this.#written += 1;
    const sights = this.#sights[entry.kind];
    if (sights === undefined || this.#broken !== undefined) return;
    for (const see of sights) this.#check(see, timed);
  }

  /** The whole state is looked at. */
  look(): void {
    for (const checker of this.#checkers) this.#check(() => checker.look?.(), undefined);
  }

  /** Everything has come to rest. */
  end(): void {
    for (const checker of this.#checkers) this.#check(() => checker.atEnd?.(), undefined);
  }

  /** Something went wrong that no checker looks for. */
  break(error: BrokenInvariant): void {
    if (this.#heeded === undefined || this.#heeded === error.checker) this.#broken ??= error;
  }

  /** A checker is called from inside handlers, which must not swallow what it throws. */
  #check<Seen>(look: (seen: Seen) => void, seen: Seen): void {
    try {
      look(seen);
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      this.break(error);
    }
  }
}
