// What a fault does inside the operation: the call is served, and serves otherwise.

/** Changes what the operation itself does or answers. */
export type OperationEffect =
  | {
      /** The shard takes no more: entries of PutRecords fail one by one, other calls as a whole. */
      readonly kind: "throttle";
      /** Fails the records of this shard alone. @defaultValue the shard of the match, or else every shard */
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
