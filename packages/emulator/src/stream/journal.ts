// What a stream tells whoever keeps it beyond the life of the process. It is told at once, before anybody else can see
// what happened.

/** Which shard of which stream. */
export interface ShardPlace {
  /** Of the stream: never given to another one. */
  readonly streamId: number;
  /** Of the shard among those of its stream. */
  readonly index: number;
}

/** One record as a page holds it. */
export interface PackedRecord {
  readonly index: number;
  readonly arrivedAtMs: number;
  /** A view, good until the next record is stored. */
  readonly packed: Uint8Array;
}

/** Keeps what happens. */
export interface Journal {
  /** A record was stored. */
  recorded(place: ShardPlace, record: PackedRecord): void;
  /** Anything but records may have changed. */
  changed(): void;
}
