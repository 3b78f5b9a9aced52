// One lease that this worker holds, and everything it writes to it. Writes go out one at a time; a condition
// that fails tells that the lease is lost, unless this write or one before it had taken effect and only the
// answer was missing.
//
//   held --- renew, checkpoint ---> held --- release, end ---> released
//   held --- condition failed, or not renewed in time ---> lost
import {
  type Clock,
  comparePositions,
  KinesisError,
  LinkedSignal,
  type Position,
} from "@shardline/core";
import { checkpointMove, prepareMove } from "./checkpoint-moves.ts";
import { actualOwner, type Lease, type PendingCheckpoint } from "./lease.ts";
import { type LeaseMove, tookEffect } from "./lease-move.ts";
import { endMove, releaseMove, renewMove } from "./lease-moves.ts";
import type { LeaseLossCause } from "./lease-events.ts";
import type { LeaseTable, LeaseUpdate } from "./lease-table.ts";

/** One object for all leases of a worker. */
export interface HeldLeaseOptions {
  readonly table: LeaseTable;
  readonly worker: string;
  readonly clock: Clock;
  readonly failoverMs: number;
  /** Ends calls to the table. */
  readonly signal: AbortSignal;
  readonly onLost: (held: HeldLease, cause: LeaseLossCause, newOwner: string | undefined) => void;
  readonly onReleased: (held: HeldLease, to: string | undefined) => void;
}

/** A write and the monotonic time before it was sent. */
interface SentMove {
  readonly move: LeaseMove;
  readonly sentAtMs: number;
}

/** Makes a write from the state that the one before it left. */
type MoveOf = (held: HeldLease) => LeaseMove;

type HeldState = "held" | "released" | "lost";

const NONE: readonly never[] = [];

// Idle leases are renewed and do nothing else, thousands of them in a second: what is done and kept for each is felt.
export class HeldLease {
  static readonly #renewal: MoveOf = (held) =>
    renewMove(held.#lease, held.#options.worker, held.#checkpoint, held.#haltedAt);
  readonly #options: HeldLeaseOptions;
  readonly #loss = new LinkedSignal();
  #state: HeldState = "held";
  #lease: Lease;
  #renewedAtMs: number;
  #checkpoint: Position;
  #haltedAt: Position | undefined;
  /** Those that wait for the write under way, in order; `undefined` while there is none. */
  #waiting: (() => void)[] | undefined;
  /** Writes that the table has not answered, in order: one of them may have taken effect. */
  #inDoubt: readonly SentMove[] = NONE;

  /** `renewedAtMs`: monotonic time before the write that made it ours was sent. */
  constructor(lease: Lease, renewedAtMs: number, options: HeldLeaseOptions) {
    this.#lease = lease;
    this.#renewedAtMs = renewedAtMs;
    this.#checkpoint = lease.checkpoint;
    this.#options = options;
  }

  get lease(): Lease {
    return this.#lease;
  }

  /** Aborts with LEASE_LOST. */
  get signal(): AbortSignal {
    return this.#loss.signal;
  }

  /** One of ours that asks for it. */
  get wantedBy(): string | undefined {
    const { wantedBy } = this.#lease;
    return wantedBy === this.#options.worker ? undefined : wantedBy;
  }

  /** Monotonic time before the last write that renewed it was sent. */
  get renewedAtMs(): number {
    return this.#renewedAtMs;
  }

  /** Monotonic time from which on another worker may take it. */
  get expiresAtMs(): number {
    return this.#renewedAtMs + this.#options.failoverMs;
  }

  /**
   * Whether it is ours right now; a lease that was not renewed in time is lost on the spot, because another
   * worker may have it. To be asked before every delivery: a process may have been paused.
   */
  isValid(): boolean {
    return this.#isValidAt(this.#options.clock.nowMs());
  }

  /** Everything up to here is handled; it is written with the next renewal. */
  reach(position: Position): void {
    if (comparePositions(position, this.#checkpoint) > 0) this.#checkpoint = position;
  }

  /** The shard rests at a record, or goes on; it is told with the next renewal. */
  halt(at: Position | undefined): void {
    this.#haltedAt = at;
  }

  /** Keeps it. Resolves when that is written or the lease is lost; rejects when the table fails. */
  renew(): Promise<void> {
    return this.#write(HeldLease.#renewal);
  }

  /** Writes a checkpoint at once; otherwise as `renew`, which it is as well. */
  checkpoint(position: Position): Promise<void> {
    return this.#write(({ lease }) => checkpointMove(lease, this.#options.worker, position));
  }

  /** Announces a checkpoint; otherwise as `renew`, which it is as well. */
  prepare(pending: PendingCheckpoint): Promise<void> {
    return this.#write(({ lease }) => prepareMove(lease, this.#options.worker, pending));
  }

  /**
   * Writes down how far the shard was handled and gives the lease up: to the worker that asks for it, or for anybody
   * to take. Resolves when that is written or the lease is lost; rejects when the table fails.
   */
  async release(): Promise<void> {
    const { worker } = this.#options;
    await this.#write(({ lease, wantedBy }) =>
      releaseMove(lease, worker, this.#checkpoint, wantedBy),
    );
    // The wish has changed meanwhile; now we know.
    if (this.#state === "held") await this.release();
  }

  /**
   * Writes down that the shard is handled to its end, and gives the lease up. Resolves when that is written or the
   * lease is lost; rejects when the table fails.
   */
  end(childShardIds: readonly string[]): Promise<void> {
    return this.#write(({ lease }) => endMove(lease, this.#options.worker, childShardIds));
  }

  #isValidAt(nowMs: number): boolean {
    if (this.#state === "held" && nowMs >= this.expiresAtMs) this.#lose("expired", undefined);
    return this.#state === "held";
  }

  /** One at a time, as one promise. */
  async #write(moveOf: MoveOf): Promise<void> {
    const { clock, signal, table } = this.#options;
    if (this.#waiting === undefined) this.#waiting = [];
    else await this.#turn(this.#waiting);
    try {
      for (let isSettled = false; !isSettled; ) {
        const sentAtMs = clock.nowMs();
        if (!this.#isValidAt(sentAtMs)) return;
        const sent = { move: moveOf(this), sentAtMs };
        this.#inDoubt = this.#inDoubt === NONE ? [sent] : [...this.#inDoubt, sent];
        const update = await table.update(this.#lease.key, sent.move, signal);
        isSettled = this.#conclude(sent, update);
      }
    } finally {
      this.#passOn();
    }
  }

  #turn(waiting: (() => void)[]): Promise<void> {
    return new Promise((resolve) => waiting.push(resolve));
  }

  #passOn(): void {
    const next = this.#waiting?.shift();
    if (next === undefined) this.#waiting = undefined;
    else next();
  }

  /** Whether that was the end of it; otherwise the write is to be made again, from the state that was found. */
  #conclude(sent: SentMove, update: LeaseUpdate): boolean {
    if (this.#state !== "held") return true;
    if (update.kind === "updated") {
      this.#settle(sent, update.lease);
      return true;
    }
    const effective = this.#judge(update.current);
    return effective === undefined || effective === sent;
  }

  /** A condition failed: lost, unless a write that was not answered had taken effect, which then is the answer. */
  #judge(current: Lease | undefined): SentMove | undefined {
    if (current === undefined) {
      this.#lose("deleted", undefined);
      return undefined;
    }
    // The earliest of equal writes: from then on others may have seen the counter stand still.
    const effective = this.#inDoubt.find(({ move }) => tookEffect(move, this.#lease, current));
    if (effective !== undefined) this.#settle(effective, current);
    else if (!this.#isSame(current)) this.#lose("taken", newOwnerOf(current, this.#options.worker));
    else {
      this.#lease = current;
      this.#inDoubt = this.#inDoubt.slice(0, -1);
    }
    return effective;
  }

  /** A write took effect, and with it no other that started from the same state. */
  #settle({ move, sentAtMs }: SentMove, lease: Lease): void {
    this.#lease = lease;
    this.#renewedAtMs = sentAtMs;
    this.#inDoubt = NONE;
    const { owner } = move.patch;
    if (owner === undefined) return;
    this.#state = "released";
    this.#options.onReleased(this, owner ?? undefined);
  }

  /** Only the wish is another one than we thought. */
  #isSame({ checkpointOwner, counter, owner }: Lease): boolean {
    const isOurs = owner === this.#options.worker && checkpointOwner === undefined;
    return isOurs && counter === this.#lease.counter;
  }

  #lose(cause: LeaseLossCause, newOwner: string | undefined): void {
    this.#state = "lost";
    const { shardId } = this.#lease;
    const holder = newOwner === undefined ? "" : `; ${newOwner} has it now`;
    const reason = new KinesisError("LEASE_LOST", {
      message: `lease of ${shardId} lost: ${cause}${holder}; its records will be delivered elsewhere`,
      isRetryable: false,
      details: { shardId },
    });
    this.#loss.abort(reason);
    this.#options.onLost(this, cause, newOwner);
  }
}

/** In a handoff of KCL 3.x, in which we do not take part, the worker that it is for. */
function newOwnerOf(lease: Lease, worker: string): string | undefined {
  const owner = actualOwner(lease);
  return owner === worker ? lease.owner : owner;
}
