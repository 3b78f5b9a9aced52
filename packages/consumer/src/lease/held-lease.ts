// One lease that this worker holds, and everything it writes to it. Writes go out one at a time; a condition
// that fails tells that the lease is lost, unless this write or the one before had taken effect and only the
// answer was missing.
//
//   held --- renew, checkpoint ---> held --- finish ---> released
//   held --- condition failed, or not renewed in time ---> lost
import {
  type Clock,
  comparePositions,
  KinesisError,
  LinkedSignal,
  type Position,
} from "@shardline/core";
import {
  actualOwner,
  endMove,
  type Lease,
  type LeaseMove,
  releaseMove,
  renewMove,
  tookEffect,
} from "./lease.ts";
import type { LeaseLossCause } from "./lease-events.ts";
import type { LeaseTable } from "./lease-table.ts";

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

type HeldState = "held" | "released" | "lost";

export class HeldLease {
  readonly #options: HeldLeaseOptions;
  readonly #loss = new LinkedSignal();
  #state: HeldState = "held";
  #lease: Lease;
  #renewedAtMs: number;
  #checkpoint: Position;
  #lastWrite: Promise<unknown> = Promise.resolve();
  /** The last write, if the table has not answered it: it may have taken effect. */
  #inDoubt: SentMove | undefined;

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

  /**
   * Whether it is ours right now; a lease that was not renewed in time is lost on the spot, because another
   * worker may have it. To be asked before every delivery: a process may have been paused.
   */
  isValid(): boolean {
    const { clock, failoverMs } = this.#options;
    const isLate = clock.nowMs() - this.#renewedAtMs > failoverMs;
    if (this.#state === "held" && isLate) this.#lose("expired", undefined);
    return this.#state === "held";
  }

  /** Everything up to here is handled; it is written with the next renewal. */
  reach(position: Position): void {
    if (comparePositions(position, this.#checkpoint) > 0) this.#checkpoint = position;
  }

  /** Keeps it; resolves to whether that was written. Rejects when the table fails. */
  renew(): Promise<boolean> {
    return this.#write((lease) => renewMove(lease, this.#options.worker, this.#checkpoint));
  }

  /**
   * Writes down how far the shard was handled and gives the lease up: to a certain worker, if one is named and it
   * still wishes for it, or for anybody to take.
   */
  async release(to: string | undefined): Promise<void> {
    const recipient = to === this.#lease.wantedBy ? to : undefined;
    const isWritten = await this.#write((lease) =>
      releaseMove(lease, this.#options.worker, this.#checkpoint, recipient),
    );
    if (isWritten) this.#finish(recipient);
    else if (this.#state === "held") await this.release(undefined);
  }

  /** Writes down that the shard is handled to its end, and gives the lease up. */
  async end(childShardIds: readonly string[]): Promise<void> {
    const isOurs = await this.#write((lease) =>
      endMove(lease, this.#options.worker, childShardIds),
    );
    if (isOurs) this.#finish(undefined);
  }

  /** One write after the other, each from the state that the one before it left. */
  #write(moveOf: (lease: Lease) => LeaseMove): Promise<boolean> {
    const write = this.#lastWrite.then(() => this.#writeNow(moveOf));
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  async #writeNow(moveOf: (lease: Lease) => LeaseMove): Promise<boolean> {
    if (!this.isValid()) return false;
    const { clock, signal, table } = this.#options;
    const move = moveOf(this.#lease);
    const sentAtMs = clock.nowMs();
    const before = this.#inDoubt;
    this.#inDoubt = { move, sentAtMs };
    const update = await table.update(this.#lease.key, move, signal);
    this.#inDoubt = undefined;
    if (this.#state !== "held") return false;
    const current = update.kind === "updated" ? update.lease : update.current;
    if (current === undefined) return this.#lose("deleted", undefined);
    if (update.kind === "updated" || tookEffect(move, current)) {
      return this.#keep(current, sentAtMs);
    }
    if (before !== undefined && tookEffect(before.move, current)) {
      this.#keep(current, before.sentAtMs);
      return this.#writeNow(moveOf);
    }
    if (!this.#isSame(current)) return this.#lose("taken", actualOwner(current));
    // Only the wish is another one than we thought.
    this.#lease = current;
    return false;
  }

  #keep(lease: Lease, renewedAtMs: number): true {
    this.#lease = lease;
    this.#renewedAtMs = renewedAtMs;
    return true;
  }

  #isSame(current: Lease): boolean {
    return current.counter === this.#lease.counter && actualOwner(current) === this.#options.worker;
  }

  #finish(to: string | undefined): void {
    this.#state = "released";
    this.#options.onReleased(this, to);
  }

  #lose(cause: LeaseLossCause, newOwner: string | undefined): false {
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
    return false;
  }
}
