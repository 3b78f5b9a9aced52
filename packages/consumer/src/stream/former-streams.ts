// Deletes the leases of streams that are not named any more, when it may be believed that nobody reads them.
import { type Clock, type EventSink, forEachLimited, untilAborted } from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";
import type { Lease } from "../lease/lease.ts";
import type { LeaseListing, LeaseTable } from "../lease/lease-table.ts";
import { standsAsSeen } from "../lease/upkeep-moves.ts";
import { dueFormer, type FormerStreamsView, noteFormer } from "./former-streams-plan.ts";
import type { StreamSettings } from "./stream-settings.ts";
import type { FormerStreams as Policy } from "./stream-source.ts";

export interface FormerStreamsOptions {
  readonly policy: Policy;
  readonly failoverMs: number;
  readonly table: Pick<LeaseTable, "delete">;
  /** Looks at the whole table. */
  readonly list: () => Promise<LeaseListing>;
  readonly clock: Clock;
  readonly events: EventSink<ConsumerEvents>;
}

const CONCURRENCY = 8;
/** Whoever is alive has written within that. */
const MIN_FAILOVERS = 3;

export class FormerStreams {
  readonly #options: FormerStreamsOptions;
  #seen: FormerStreamsView = new Map();

  constructor(options: FormerStreamsOptions) {
    this.#options = options;
  }

  /** Looks whether any are to go, and deletes those that are. Rejects when the table fails. */
  async look(named: readonly StreamSettings[], signal: AbortSignal): Promise<void> {
    const { clock, failoverMs, list, policy } = this.#options;
    if (policy === "keep") return;
    const { leases } = await untilAborted(list(), signal);
    // Nothing is known of what came before the look was over.
    const nowMs = clock.nowMs();
    this.#seen = noteFormer(leases, named, this.#seen, nowMs);
    const deleteAfterMs = Math.max(policy.deleteAfterMs, MIN_FAILOVERS * failoverMs);
    for (const [streamName, former] of dueFormer(this.#seen, deleteAfterMs, nowMs)) {
      await this.#delete(streamName, former, signal);
    }
  }

  /** Which streams there are is unknown: what was seen so far proves nothing. */
  forget(): void {
    this.#seen = new Map();
  }

  /** Where one is not as it was seen, somebody is alive who may need the others. */
  async #delete(streamName: string, leases: readonly Lease[], signal: AbortSignal): Promise<void> {
    const { events, table } = this.#options;
    let deleted = 0;
    let isAlive = false;
    await forEachLimited(leases, CONCURRENCY, async (lease) => {
      if (isAlive) return;
      if (await table.delete(lease.key, standsAsSeen(lease), signal)) deleted += 1;
      else isAlive = true;
    });
    if (deleted > 0) events.emit("formerStreamDeleted", { streamName, leases: deleted });
  }
}
