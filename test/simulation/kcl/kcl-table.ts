// The lease table as a worker of the KCL 2.x uses it (DynamoDBLeaseRefresher). Reads are eventually consistent, as they
// are by default there.
import type { Lease, LeaseMove, LeasePatch, LeaseTable } from "@shardline/consumer";
import { renewing, taking, updating } from "./kcl-lease.ts";

export class KclTable {
  readonly #table: LeaseTable;
  readonly #signal: AbortSignal;

  constructor(table: LeaseTable, signal: AbortSignal) {
    this.#table = table;
    this.#signal = signal;
  }

  ensure(): Promise<void> {
    return this.#table.ensureTable(this.#signal);
  }

  /** One item that cannot be read ends the listing for every worker. */
  async list(): Promise<readonly Lease[]> {
    const { leases, unreadable } = await this.#table.list(this.#signal);
    const [first] = unreadable;
    if (first !== undefined) throw new Error(`the KCL cannot read ${first.key}: ${first.problem}`);
    return leases;
  }

  async get(key: string): Promise<Lease | undefined> {
    const lookup = await this.#table.get(key, { consistent: false }, this.#signal);
    if (lookup.kind === "unreadable")
      throw new Error(`the KCL cannot read ${key}: ${lookup.problem}`);
    return lookup.kind === "lease" ? lookup.lease : undefined;
  }

  /** `false` if there is one. */
  create(lease: Lease): Promise<boolean> {
    return this.#table.create(lease, this.#signal);
  }

  /** Whoever has it, and whatever has changed. */
  async delete(key: string): Promise<void> {
    await this.#table.delete(key, {}, this.#signal);
  }

  /** The lease as it is then; `undefined` if its counter has moved on. */
  async take(lease: Lease, worker: string): Promise<Lease | undefined> {
    const move = taking(lease, worker);
    const isTaken = await this.#write(lease.key, move);
    return isTaken ? { ...lease, owner: worker, counter: lease.counter + 1 } : undefined;
  }

  /** Where the condition failed it looks whether its own write, repeated, was in the way. */
  async renew(lease: Lease): Promise<Lease | undefined> {
    const renewed = { ...lease, counter: lease.counter + 1 };
    if (await this.#write(lease.key, renewing(lease))) return renewed;
    const current = await this.get(lease.key);
    const isOwnWrite = current?.owner === renewed.owner && current?.counter === renewed.counter;
    return isOwnWrite ? renewed : undefined;
  }

  async update(lease: Lease): Promise<Lease | undefined> {
    const isUpdated = await this.#write(lease.key, updating(lease));
    return isUpdated ? { ...lease, counter: lease.counter + 1 } : undefined;
  }

  /** Leaves the counter as it is, and asks for nothing but that the lease exists. */
  async updateMetaInfo(
    key: string,
    patch: Pick<LeasePatch, "childShardIds" | "hashKeyRange">,
  ): Promise<void> {
    await this.#write(key, { expect: {}, patch });
  }

  async #write(key: string, move: LeaseMove): Promise<boolean> {
    return (await this.#table.update(key, move, this.#signal)).kind === "updated";
  }
}
