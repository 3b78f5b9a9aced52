// A stream that is named is read: soon after it is, every hash key of it has a lease that a worker owns. From then on what
// holds of leases holds of it. After faults it takes longer: who could not ask for the streams, or read one, waits up to a
// minute until it tries again, and up to half of one for handlers before that.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { NamedStreams } from "../evidence/named-streams.ts";
import type { RunningWorkers } from "../evidence/running-workers.ts";
import type { SimStream } from "../evidence/shard-names.ts";
import { EVERYTHING, uncovered } from "./coverage.ts";
import { readerOf } from "./lease-facts.ts";
import { atMost, type LeasePace, passesMs } from "./lease-pace.ts";

/** Until the stream is asked for again. */
const AFTER_FAULTS_MS = 90_000;
/** An answer is under way for less. */
const ANSWER_MS = 1000;
/** Looks at the table before there are leases, and calls: for the stream, its shards, and each lease. */
const LOOKS = 3;
const CALLS = 20;
const NEVER = Number.POSITIVE_INFINITY;

interface StreamView {
  readonly stream: SimStream;
  readonly leases: () => readonly Lease[];
  readonly streams: NamedStreams;
  readonly nowMs: () => number;
  /** Workers ask for the streams so often. */
  readonly everyMs: number;
}

export class StreamsRead implements Checker {
  readonly name = "named streams are read";
  readonly sights = {
    table: (): void => this.#see(),
    phase: (): void => this.#lookAgain(),
    life: (): void => this.#lookAgain(),
    streams: (): void => this.#lookAgain(),
  };
  dueAtMs = NEVER;
  readonly #view: StreamView;
  readonly #workers: RunningWorkers;
  readonly #promptMs: number;
  /** Since when it was named when it was last found to be read. */
  #readSinceNamedAtMs = Number.NEGATIVE_INFINITY;

  constructor(view: StreamView, workers: RunningWorkers, pace: LeasePace) {
    this.#view = view;
    this.#workers = workers;
    this.#promptMs =
      atMost(view.everyMs) +
      ANSWER_MS +
      passesMs(LOOKS, pace) +
      CALLS * pace.roundTripMs +
      pace.maxStaleMs;
  }

  look(): void {
    this.#see();
    this.dueAtMs = this.#dueAtMs();
    if (this.#view.nowMs() <= this.dueAtMs) return;
    const [hole = EVERYTHING] = this.#unread();
    const what = `${this.#view.stream.name} is named, and nobody reads ${hole.start} to ${hole.end}`;
    throw new BrokenInvariant(this.name, what, ...this.#workers.names);
  }

  atEnd(): void {
    this.look();
  }

  #lookAgain(): void {
    this.dueAtMs = Number.NEGATIVE_INFINITY;
  }

  #see(): void {
    const namedAtMs = this.#namedAtMs;
    if (this.#readSinceNamedAtMs === namedAtMs) return;
    if (this.#unread().length === 0) this.#readSinceNamedAtMs = namedAtMs;
  }

  get #namedAtMs(): number {
    return this.#view.streams.namedSinceMs(this.#view.stream.prefix);
  }

  #dueAtMs(): number {
    const namedAtMs = this.#namedAtMs;
    if (this.#readSinceNamedAtMs === namedAtMs) return NEVER;
    const recoveredAtMs = this.#view.streams.healedAtMs + AFTER_FAULTS_MS;
    return Math.max(namedAtMs, this.#workers.calmSinceMs, recoveredAtMs) + this.#promptMs;
  }

  #unread() {
    const owned = this.#view.leases().filter((lease) => readerOf(lease) !== undefined);
    return uncovered(EVERYTHING, owned);
  }
}
