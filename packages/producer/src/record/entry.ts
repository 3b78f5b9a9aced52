// What a record is described by on its way in. Most are in at once, and the next can have the same two objects: the less is
// allocated, the rarer are the garbage collections, each of which copies what is outstanding, promises above all
// (`npm run bench -- producer`, "put(), 15k").
import { NO_ATTEMPTS } from "./attempt-log.ts";
import { hashedKey } from "./hashed-key.ts";
import type { NewRecord } from "./new-record.ts";
import { NO_KEY } from "./packing.ts";
import type { PendingRecord } from "./pending-record.ts";
import { NO_SINK } from "./sink.ts";

type Mutable<Item> = { -readonly [Key in keyof Item]: Item[Key] };

const NO_HASHED_KEY = hashedKey(NO_KEY);

/** Whoever takes a record may read it until it is in, and keeps nothing of this but what it points at. */
export class Entry {
  readonly record: Mutable<NewRecord> = {
    key: NO_HASHED_KEY,
    explicitHashKey: undefined,
    explicitWords: undefined,
    data: "",
    dataBytes: 0,
    bytes: 0,
  };
  readonly pending: Mutable<PendingRecord> = {
    // A fraction from the start, as times are: V8 lays the fields out for it.
    acceptedAtMs: Number.NaN,
    bytes: 0,
    epoch: 0,
    context: undefined,
    earlierAttempts: NO_ATTEMPTS,
    waitingSinceMs: Number.NaN,
    sink: NO_SINK,
    ticket: 0,
  };

  /** Lets go of what is the caller's. */
  clear(): void {
    const { pending, record } = this;
    record.key = NO_HASHED_KEY;
    record.data = "";
    pending.context = undefined;
    pending.sink = NO_SINK;
  }
}
