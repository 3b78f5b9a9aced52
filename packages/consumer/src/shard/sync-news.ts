// Tells when keeping the leases in step with the shards fails, each time, and once when it works again.
import type { EventSink } from "@shardline/core";
import type { ShardEvents } from "./shard-events.ts";

export class SyncNews {
  readonly #events: EventSink<ShardEvents>;
  /** "failing": looks before the present one have failed, and none has succeeded since. */
  #state: "fine" | "failing" | "failed just now" = "fine";

  constructor(events: EventSink<ShardEvents>) {
    this.#events = events;
  }

  /** A look cannot be finished, or makes no sense. */
  failed(reason: string): void {
    this.#state = "failed just now";
    this.#events.emit("shardSyncFailed", { reason });
  }

  /** Another look begins. */
  begin(): void {
    if (this.#state === "failed just now") this.#state = "failing";
  }

  /** A look is over; unless it has failed, whatever failed before is over as well. */
  end(): void {
    if (this.#state !== "failing") return;
    this.#state = "fine";
    this.#events.emit("shardSyncRecovered", {});
  }
}
