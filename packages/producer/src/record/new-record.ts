// A record on its way into a chunk: checked, its key hashed, its data not encoded yet.
import type { HashedKey, KeyText } from "./hashed-key.ts";

/** A record as it is encoded. */
export interface UnencodedRecord {
  readonly key: KeyText;
  /** Canonical decimal, if the caller gave one. */
  readonly explicitHashKey: string | undefined;
  readonly data: Uint8Array | string;
  /** Bytes of the data once encoded. */
  readonly dataBytes: number;
}

/** What places a record. */
export interface RecordPlace {
  readonly key: HashedKey;
  /** The explicit hash key, as four words. */
  readonly explicitWords: Uint32Array | undefined;
}

/** A record as it is put. */
export interface NewRecord extends UnencodedRecord, RecordPlace {
  readonly key: HashedKey;
  /** What it counts for in the buffer. */
  readonly bytes: number;
}
