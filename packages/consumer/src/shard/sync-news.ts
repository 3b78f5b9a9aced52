// Tells when keeping the leases in step with the shards fails, each time, and once when it works again.
import type { EventSink } from "@shardline/core";
import type { ShardEvents } from "./shard-events.ts";

export class SyncNews {
  readonly #events: EventSink<ShardEvents>;
  /** Of the present look, and of the last one that was over. */
  #hasFailed = false;
  #wasFailing = false;

  constructor(events: EventSink<ShardEvents>) {
    this.#events = events;
  }

  /** A look cannot be finished, or makes no sense. */
  failed(reason: string): void {
    this.#hasFailed = true;
    this.#wasFailing = true;
    this.#events.emit("shardSyncFailed", { reason });
  }

  /** Another look begins. */
  begin(): void {
    this.#hasFailed = false;
  }

  /** A look is over; unless it has failed, whatever failed before is over as well. */
  end(): void {
    if (this.#hasFailed || !this.#wasFailing) return;
    this.#wasFailing = false;
    this.#events.emit("shardSyncRecovered", {});
  }
}
