// What a stream takes, as far as it is known.

export interface RecordLimits {
  /** Data and partition key. */
  readonly maxRecordBytes: number;
  readonly isKeyOptional: boolean;
}

export interface RecordRules {
  /** Whether the stream has told, or nobody will ask it. Else the limits are assumptions. */
  readonly areKnown: boolean;
  readonly limits: RecordLimits;
  /** What is sure to be refused whatever they turn out to be; the same once they are known. */
  readonly widestLimits: RecordLimits;
  /** Throws if nothing can be put at all. */
  requireUsable(): void;
  /** Resolves when it has told, or was given enough time to. */
  untilKnown(): Promise<void>;
}
