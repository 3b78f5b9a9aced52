// Who held which shard when.

/** A worker's time with a shard; open while it lasts. */
export interface Tenure {
  readonly worker: string;
  readonly shardId: string;
  readonly fromMs: number;
  untilMs: number | undefined;
}

export class LeaseLog {
  readonly #nowMs: () => number;
  readonly tenures: Tenure[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A worker got a lease, or gave it up. */
  note(worker: string, shardId: string, isHeld: boolean): void {
    if (isHeld) {
      this.tenures.push({ worker, shardId, fromMs: this.#nowMs(), untilMs: undefined });
      return;
    }
    const tenure = this.#open().find((open) => open.worker === worker && open.shardId === shardId);
    if (tenure !== undefined) tenure.untilMs = this.#nowMs();
  }

  /** A worker is no more. */
  end(worker: string): void {
    for (const tenure of this.#open()) if (tenure.worker === worker) tenure.untilMs = this.#nowMs();
  }

  /** Shards that a worker holds now. */
  shardsOf(worker: string): string[] {
    return this.#open().flatMap((tenure) => (tenure.worker === worker ? [tenure.shardId] : []));
  }

  /** The worker with the most leases, if any has one. */
  busiest(): string | undefined {
    const counts = new Map<string, number>();
    for (const { worker } of this.#open()) counts.set(worker, (counts.get(worker) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  /** Whether each of these shards has found another worker since some time. */
  areTakenOver(shardIds: readonly string[], sinceMs: number): boolean {
    return shardIds.every((shardId) =>
      this.tenures.some((tenure) => tenure.shardId === shardId && tenure.fromMs >= sinceMs),
    );
  }

  #open(): Tenure[] {
    return this.tenures.filter(({ untilMs }) => untilMs === undefined);
  }
}
