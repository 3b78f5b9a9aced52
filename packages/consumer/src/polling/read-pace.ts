// When a shard may be read next: at once while it lags behind, inside what it allows, and at its turn when it has caught
// up. What other applications read counts against the same limits, so whoever is refused reads less for a while.

/** How often and how much a shard is read. */
export interface ReadRates {
  /** Between reads of a shard that has caught up. */
  readonly idleMs: number;
  readonly readsPerSecond: number;
  /** Of data and partition keys. */
  readonly bytesPerSecond: number;
}

/** Who owes as much as is read in this time pays it all before the next read, as the service demands. */
const MAX_DEBT_MS = 1000;
/** Of the rates, at least. */
const LEAST_PART = 1 / 8;
/** From nothing to the whole rates. */
const RECOVERY_MS = 60_000;

/** Times are monotonic. */
export class ReadPace {
  readonly #rates: ReadRates;
  /** The turns of a shard that has caught up are this far from multiples of `idleMs`. */
  readonly #turnMs: number;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #hasCaughtUp = false;
  /** By when everything read so far is paid for. */
  #paidAtMs = Number.NEGATIVE_INFINITY;
  #closedUntilMs = Number.NEGATIVE_INFINITY;
  /** The part of the rates that is used, as it was when it was last lowered. */
  #part = 1;
  #loweredAtMs = Number.NEGATIVE_INFINITY;

  /** `phase`, from 0 to 1, spreads the shards of a worker evenly over the time between idle reads. */
  constructor(rates: ReadRates, phase: number) {
    this.#rates = rates;
    this.#turnMs = phase * rates.idleMs;
  }

  /** When the next read may be made, perhaps a time that is over. */
  nextReadAtMs(nowMs: number): number {
    const periodMs = 1000 / (this.#rates.readsPerSecond * this.#partAt(nowMs));
    const allowedAtMs = Math.max(this.#readAtMs + periodMs, this.#closedUntilMs);
    return this.#hasCaughtUp ? Math.max(allowedAtMs, this.#nextTurnMs()) : allowedAtMs;
  }

  /** A reading begins: how far behind it is nobody knows. */
  noteBegun(): void {
    this.#hasCaughtUp = false;
  }

  noteRead(nowMs: number): void {
    this.#readAtMs = nowMs;
  }

  noteAnswer(bytes: number, hasCaughtUp: boolean, nowMs: number): void {
    this.#hasCaughtUp = hasCaughtUp;
    const perSecond = this.#rates.bytesPerSecond * this.#partAt(nowMs);
    this.#paidAtMs = Math.max(this.#paidAtMs, nowMs) + (bytes / perSecond) * 1000;
    if (this.#paidAtMs - nowMs >= MAX_DEBT_MS) this.#closedUntilMs = this.#paidAtMs;
  }

  noteThrottled(nowMs: number): void {
    this.#part = Math.max(LEAST_PART, this.#partAt(nowMs) / 2);
    this.#loweredAtMs = nowMs;
  }

  #partAt(nowMs: number): number {
    if (this.#part === 1) return 1;
    return Math.min(1, this.#part + (nowMs - this.#loweredAtMs) / RECOVERY_MS);
  }

  /** A timer that fires a little early, or a read a little before its turn, must not make two reads of one turn. */
  #nextTurnMs(): number {
    const { idleMs } = this.#rates;
    const turns = Math.floor((this.#readAtMs - this.#turnMs) / idleMs + 1 / 4) + 1;
    return this.#turnMs + turns * idleMs;
  }
}
