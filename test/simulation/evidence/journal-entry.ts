// What is written into a journal: each thing that happened, with all that checkers need to know of it.
import type { Lease, LeaseMove, PendingCheckpoint } from "@shardline/consumer";
import type { ApiFailureKind, Position } from "@shardline/core";
import type { Receipt } from "@shardline/producer";
import type { ProducerNews, SentOutcome, WriteOutcome } from "./outcomes.ts";
import type { SimRecord } from "./sim-record.ts";

/** A user record inside a Kinesis record. */
export interface LandedRecord {
  readonly record: SimRecord;
  readonly partitionKey: string;
  /** Of its data; 0 if they are not as they were put. */
  readonly bytes: number;
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

/** A Kinesis record that a worker has got. */
export interface FetchedCarrier {
  readonly sequenceNumber: string;
  /** Of data and partition key. */
  readonly bytes: number;
}

/** Of a subscription, as the worker has it. */
export type SubscriptionNews =
  /** The call is made; it has succeeded. */
  | { readonly what: "asked" | "accepted" }
  /** The worker waits for the next event. */
  | { readonly what: "awaited" }
  /** It has come; `isEnd`: and says that the shard has ended. */
  | { readonly what: "pushed"; readonly isEnd?: boolean }
  /** It is over: never was, in good order, by an error, or because the worker has left it. */
  | { readonly what: "ended" | "left" }
  | { readonly what: "refused" | "failed"; readonly failure: ApiFailureKind | undefined };

/**
 * healed: no more faults. quiet: everything is at rest, and one worker is replaced. settled: nothing is to move any more.
 * ending: all are about to be told to stop.
 */
export type Phase = "healed" | "quiet" | "settled" | "ending";

/** What a service does with calls, and for how long from now. */
export interface StormNews {
  readonly service: "kinesis" | "leases";
  readonly weather: "away" | "throttling";
  readonly forMs: number;
}

/** What one of many streams goes through by itself, and for how long from now. */
export interface TroubleNews {
  /** By what the names of its shards begin with. */
  readonly stream: string;
  readonly how: "away" | "throttling" | "down";
  readonly forMs: number;
}

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
  /** An answer with records has come, or an event. */
  | {
      readonly kind: "fetched";
      readonly process: string;
      readonly shardId: string;
      readonly by: "poll" | "push";
      /** In order. */
      readonly carriers: readonly FetchedCarrier[];
    }
  /** A worker subscribes to a shard. */
  | {
      readonly kind: "subscription";
      readonly process: string;
      readonly shardId: string;
      /** Counts all of the process. */
      readonly number: number;
      /** By the clock of the process. */
      readonly localMs: number;
      readonly news: SubscriptionNews;
    }
  /** A handler was called with a record. */
  | {
      readonly kind: "delivered";
      readonly process: string;
      readonly shardId: string;
      readonly epoch: number;
      /** Of the handler; counts those of a world. */
      readonly call: number;
      /** Whether the handler's batch begins with it. */
      readonly isFirst: boolean;
      readonly position: Position;
      readonly record: SimRecord;
      readonly partitionKey: string | undefined;
      /** Of its data; 0 if they are not as they were put. */
      readonly bytes: number;
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
      /** Where they were given up: by what, and after how many tries, as the consumer tells it. */
      readonly why?: {
        readonly by: "policy" | "skipRecord";
        readonly attempts: number;
      };
    }
  /** A handler came to its end, however it did. */
  | {
      readonly kind: "left";
      readonly process: string;
      readonly shardId: string;
      readonly epoch: number;
      readonly call: number;
      /** Where it failed: what it has not done, and whether it named the first of that. */
      readonly failed?: {
        readonly remaining: readonly Position[];
        readonly isNamed: boolean;
      };
    }
  /** The sink of dead letters is called with one; it is handled when the sink has taken it. */
  | {
      readonly kind: "offered";
      readonly process: string;
      readonly shardId: string;
      readonly position: Position;
      readonly record: SimRecord;
      /** The tries that the letter tells of. */
      readonly attempts: number;
    }
  /** An application is told where a shard is begun. */
  | {
      readonly kind: "begun";
      readonly process: string;
      readonly shardId: string;
      readonly epoch: number;
      readonly checkpoint: Position;
      readonly pending: PendingCheckpoint | undefined;
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
  /** The process was told what came of a write to the lease table; `unknown` where it may have been taken all the same. */
  | {
      readonly kind: "settled";
      readonly process: string;
      readonly key: string;
      readonly outcome: WriteOutcome;
      /** By the process's own clock: when it was told, and when it had sent the write. */
      readonly localMs: number;
      readonly sentAtMs: number;
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
      /** Whether no place was named: up to where all is done, which is not known there and may lie before this. */
      readonly isAtMost: boolean;
      /** Otherwise the code of the error. */
      readonly outcome: "asked" | "written" | (string & {});
    }
  /** A process begins, stands still, is told to stop, or ends. */
  | {
      readonly kind: "life";
      readonly process: string;
      readonly what: "started" | "paused" | "told to stop" | "stopped" | "failed" | "killed";
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
  /** The stream was created again under its name, and everything that it held before is gone. */
  | {
      readonly kind: "reborn";
      readonly process: string;
      /** When, in epoch seconds. */
      readonly streamEpoch: number;
    }
  /** Other streams are to be read from now on; or what a process is told of them, which may be wrong. */
  | {
      readonly kind: "streams";
      readonly process: string;
      /** By the process's own clock. */
      readonly localMs: number;
      /** By what the names of their shards begin with. */
      readonly named: readonly string[];
      /** The others of the world. */
      readonly unnamed: readonly string[];
    }
  /** Something befell a process, or the world where there is none. */
  | {
      readonly kind: "world";
      readonly process: string;
      readonly what: string;
      readonly storm?: StormNews;
      readonly trouble?: TroubleNews;
    };

/** Kinds of entries. */
export type JournalKind = JournalEntry["kind"];

/** An entry and its time. */
export type TimedEntry = JournalEntry & { readonly atMs: number };

/** An entry of some kind and its time. */
export type EntryOf<Kind extends JournalKind> = Extract<TimedEntry, { kind: Kind }>;
