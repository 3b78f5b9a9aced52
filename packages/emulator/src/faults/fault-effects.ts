// What a fault does, told apart by how deep it reaches: into the operation, into the outcome of the call, into
// the bytes of the answer, or into a subscription. All of it is plain JSON, the same by API, HTTP and file.
import type { SubscriptionEffect } from "./subscription-effects.ts";

/** What a fault does to a call that its rule fires for. */
export type FaultEffect = OperationEffect | OutcomeEffect | WireEffect | SubscriptionEffect;

/** An effect with every default filled in. */
export type SettledEffect = Settled<FaultEffect>;

/** The effect of some kind with every default filled in. */
export type EffectOf<Kind extends FaultEffect["kind"]> = Extract<SettledEffect, { kind: Kind }>;

type Settled<Effect> = Effect extends unknown ? Required<Effect> : never;

/** Changes what the operation itself does or answers. */
export type OperationEffect =
  | {
      /** The shard takes no more: entries of PutRecords fail one by one, other calls as a whole. */
      readonly kind: "throttle";
      /** Fails the records of this shard alone. @defaultValue those of every shard */
      readonly shardId?: string | undefined;
      /** Share of the entries of a PutRecords call that fail, drawn for each: above 0, to 1. @defaultValue 1 */
      readonly share?: number;
      /** Whether PutRecords answers with failed entries or with an exception. @defaultValue "entries" */
      readonly as?: "entries" | "exception";
    }
  | {
      /** Some entries of a PutRecords call fail. */
      readonly kind: "failRecords";
      /** Which, counted from 0. @defaultValue as `fraction` says */
      readonly indices?: readonly number[] | undefined;
      /** Share of the entries, drawn for each: above 0, to 1. @defaultValue 1 */
      readonly fraction?: number;
      /** @defaultValue "InternalFailure" */
      readonly code?: "InternalFailure" | "ProvisionedThroughputExceededException";
    }
  | {
      /** Every shard iterator that was issued before the rule was added has expired. */
      readonly kind: "expireIterators";
    }
  | {
      /** Every page token that was issued before the rule was added has expired. */
      readonly kind: "expireTokens";
    }
  | {
      /** GetRecords answers with few records although there are more. A page of none leaves the reader in its place. */
      readonly kind: "sparseReads";
      /** Records per page at most: 0 to 10,000. @defaultValue 0 */
      readonly maxRecords?: number;
    }
  | {
      /** GetRecords lies about how far behind it is. */
      readonly kind: "iteratorAge";
      /** MillisBehindLatest, in ms: 0 to 1 year. */
      readonly ms: number;
    }
  | {
      /** ListShards answers as it would have some time ago, but not before the stream was there. */
      readonly kind: "staleShardMap";
      /** How long ago, in ms: 1 to 1 year. */
      readonly ms: number;
    }
  | {
      /**
       * The service's clock is wrong: its `Date` headers and the arrival times of records tell it, and requests
       * whose signature lies more than 5 minutes away from it are refused.
       */
      readonly kind: "clockSkew";
      /** How far ahead the service's clock is, in ms; behind if negative: up to 1 year. */
      readonly ms: number;
    }
  | {
      /** Every record of the stream is trimmed just before, as if its retention had passed. */
      readonly kind: "trim";
    }
  | {
      /** Somebody else makes another call just before; if it is refused, nothing happens. */
      readonly kind: "meanwhile";
      /** As in `UpdateShardCount`, `SplitShard` or `DeleteStream`. */
      readonly operation: string;
      /** Its input, with the members of the service's model. The stream is that of the call unless it is named. */
      readonly input?: Readonly<Record<string, unknown>>;
    };

/** Delays the outcome of a call, or puts another one in its place. */
export type OutcomeEffect =
  | {
      /** The call is refused before it does anything. */
      readonly kind: "error";
      /** Name of the exception. @defaultValue the one that goes with the status, if any does */
      readonly type?: string | undefined;
      /** @defaultValue the text of the service, where it is known */
      readonly message?: string | undefined;
      /** HTTP status: 400 to 599. @defaultValue the one that goes with the type */
      readonly status?: number | undefined;
      /** `"html"` is the page of something in between; `"empty"` is no body. @defaultValue "model" */
      readonly body?: "model" | "html" | "empty";
    }
  | {
      /** The answer takes its time. */
      readonly kind: "latency";
      /** In ms, each from 0 to 1 hour: fixed, drawn evenly, or drawn from a log-normal distribution. */
      readonly ms: Latency;
      /** Whether the wait comes before or after the call takes effect. @defaultValue "before" */
      readonly when?: "before" | "after";
    }
  | {
      /** There is no answer, and the call does not take effect. */
      readonly kind: "hang";
    }
  | {
      /** The service is down: 503, and nothing takes effect. */
      readonly kind: "unavailable";
    }
  | {
      /** The call takes effect and its answer is lost, so a client that tries again does it twice. */
      readonly kind: "commitThenDrop";
      /** How the client loses it: the connection ends, is reset, or stays silent. @defaultValue "reset" */
      readonly how?: "close" | "reset" | "hang";
    };

/** Milliseconds, or a distribution of them. */
export type Latency =
  | number
  | { readonly min: number; readonly max: number }
  /** `sigma` is the standard deviation of the logarithm: above 0, to 4. */
  | { readonly median: number; readonly sigma: number };

/** Breaks the connection or the bytes of an answer. */
export type WireEffect =
  | {
      /** The connection is destroyed before there is an answer; the call does not take effect. */
      readonly kind: "reset";
    }
  | {
      /** HTTP/2: RST_STREAM before there is an answer; the call does not take effect. HTTP/1.1: as `reset`. */
      readonly kind: "resetStream";
      /** @defaultValue "INTERNAL_ERROR" */
      readonly code?: Http2Code;
    }
  | {
      /** HTTP/2: GOAWAY. HTTP/1.1: as `reset`, or an answer with which the connection ends. */
      readonly kind: "goAway";
      /** With NO_ERROR the call takes effect and is answered; with any other it is not. @defaultValue "INTERNAL_ERROR" */
      readonly code?: Http2Code;
    }
  | {
      /** The call takes effect, and the connection is destroyed in the middle of the answer's body. */
      readonly kind: "cutBody";
      /** Bytes of the body that are still sent: 0 to 100,000,000. @defaultValue half of them */
      readonly afterBytes?: number | undefined;
    }
  | {
      /** The call takes effect, and its answer arrives spoilt, with status 200. */
      readonly kind: "corrupt";
      /**
       * A body of half its length, an empty one, a list with one entry too few, or a list in another order.
       * @defaultValue "truncated"
       */
      readonly how?: "truncated" | "empty" | "wrongCount" | "shuffled";
    };

/** A code of HTTP/2, as RFC 9113 section 7 names them. */
export type Http2Code = (typeof HTTP2_CODES)[number];

/** In the order of their numbers. */
export const HTTP2_CODES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;
