// One lease that this worker holds, and everything it writes to it. Writes go out one at a time; a condition
// that fails tells that the lease is lost, unless the write had taken effect and only its answer was missing.
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

type HeldState = "held" | "released" | "lost";

export class HeldLease {
  readonly #options: HeldLeaseOptions;
  readonly #loss = new LinkedSignal();
  #state: HeldState = "held";
  #lease: Lease;
  #renewedAtMs: number;
  #checkpoint: Position;
  #lastWrite: Promise<unknown> = Promise.resolve();

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

  /** Keeps it; resolves to whether it is still ours. Rejects when the table fails. */
  renew(): Promise<boolean> {
    return this.#write((lease) => renewMove(lease, this.#options.worker, this.#checkpoint));
  }

  /** Writes down how far the shard was handled and gives the lease up, to a certain worker if one is named. */
  async release(to: string | undefined): Promise<void> {
    const isOurs = await this.#write((lease) =>
      releaseMove(lease, this.#options.worker, this.#checkpoint, to),
    );
    if (isOurs) this.#finish(to);
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
    const update = await table.update(this.#lease.key, move, signal);
    if (this.#state !== "held") return false;
    const current = update.kind === "updated" ? update.lease : update.current;
    if (current === undefined) return this.#lose("deleted", undefined);
    if (update.kind === "conflict" && !tookEffect(move, current)) {
      return this.#lose("taken", actualOwner(current));
    }
    this.#lease = current;
    this.#renewedAtMs = sentAtMs;
    return true;
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
