// How much is stored over all streams, and what happens when it would be more than the emulator may hold. Logs
// count what they keep and forget; whoever is about to append asks for room first.
import { invariant } from "@shardline/core";
import { ServiceException } from "../service-exception.ts";

/** What to do when the store is full: refuse puts, or drop the oldest records of all streams. */
export type WhenFull = "refuse" | "drop-oldest";

/** Counts stored bytes; every log of an emulator shares one. */
export interface StorageMeter {
  /** Data and partition keys of all records that are kept. */
  bytes: number;
}

/** A log that can be asked to forget: a shard. */
interface Droppable {
  /** Infinity if nothing is left. */
  readonly oldestArrivalMs: number;
  /** Answers how many records were dropped. */
  dropOldest(): number;
}

/** Logs that forget together what is too old: a stream. */
interface Trimmable {
  readonly shards: { all(): Iterable<Droppable> };
  trim(): void;
}

interface StorageOptions {
  readonly maxBytes: number;
  readonly whenFull: WhenFull;
  /** Every stream of the emulator. */
  readonly streams: () => Iterable<Trimmable>;
}

/** Once full, so much of it is freed together: to look for the oldest record at each put would be slow. */
const FREED_SHARE = 1 / 16;

/** The bound of what an emulator stores. */
export class Storage {
  readonly meter: StorageMeter = { bytes: 0 };
  readonly #options: StorageOptions;
  #droppedRecords = 0;

  constructor(options: StorageOptions) {
    this.#options = options;
  }

  /** Records that were dropped before their time. */
  get droppedRecords(): number {
    return this.#droppedRecords;
  }

  /**
   * Sees to it that so many more bytes have room.
   * @throws ServiceException EmulatorFullException
   */
  requireRoom(bytes: number): void {
    if (this.meter.bytes + bytes > this.#options.maxBytes) this.#makeRoom(bytes);
  }

  #makeRoom(bytes: number): void {
    const { maxBytes, whenFull, streams } = this.#options;
    for (const stream of streams()) stream.trim();
    if (this.meter.bytes + bytes <= maxBytes) return;
    if (whenFull === "refuse") throw full(maxBytes);
    this.#dropOldest(Math.max(0, maxBytes - Math.max(bytes, maxBytes * FREED_SHARE)));
  }

  /** Drops records in the order of their arrival until no more than some bytes are left. */
  #dropOldest(maxLeft: number): void {
    const shards = [...this.#options.streams()].flatMap((stream) => [...stream.shards.all()]);
    const youngestFirst = shards.sort((a, b) => b.oldestArrivalMs - a.oldestArrivalMs);
    while (this.meter.bytes > maxLeft) {
      const oldest = youngestFirst.pop();
      const dropped = oldest?.dropOldest() ?? 0;
      invariant(oldest !== undefined && dropped > 0, "what is counted is stored");
      this.#droppedRecords += dropped;
      youngestFirst.splice(placeOf(oldest.oldestArrivalMs, youngestFirst), 0, oldest);
    }
  }
}

/** Where a shard belongs among shards that are sorted by their oldest record, the youngest first. */
function placeOf(arrivedAtMs: number, youngestFirst: readonly Droppable[]): number {
  let low = 0;
  let high = youngestFirst.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((youngestFirst[middle] as Droppable).oldestArrivalMs > arrivedAtMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function full(maxBytes: number): ServiceException {
  return new ServiceException(
    "EmulatorFullException",
    `The emulator is full: it stores at most ${maxBytes} bytes of records. Give it a greater maxBytes, delete ` +
      'streams, or let it drop its oldest records with whenFull: "drop-oldest". AWS never answers this.',
  );
}
