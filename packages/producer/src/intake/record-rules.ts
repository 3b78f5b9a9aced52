// What a stream takes, as far as it is known.

export interface RecordLimits {
  /** Data and partition key. */
  readonly maxRecordBytes: number;
  readonly isKeyOptional: boolean;
}

export interface RecordRules extends RecordLimits {
  /** Whether the stream has told, or nobody will ask it. Else the limits are assumptions. */
  readonly areKnown: boolean;
  /** The most that it could turn out to take. */
  readonly mostRecordBytes: number;
  readonly mayKeyBeOptional: boolean;
  /** Throws if nothing can be put at all. */
  requireUsable(): void;
  /** Resolves when it has told, or was given enough time to. */
  untilKnown(): Promise<void>;
}
