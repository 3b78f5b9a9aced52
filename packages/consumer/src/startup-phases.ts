// Times a worker's start: when each phase is over it is told, once, with the time since `run` was called.
import type { Clock, Events } from "@shardline/core";
import type { ConsumerEvents } from "./consumer-events.ts";

type StartupPhase = ConsumerEvents["startupPhaseEnded"]["phase"];

export class StartupPhases implements Disposable {
  readonly #clock: Clock;
  readonly #events: Events<ConsumerEvents>;
  readonly #startedAtMs: number;
  readonly #listeners: readonly Disposable[];

  constructor(clock: Clock, events: Events<ConsumerEvents>) {
    this.#clock = clock;
    this.#events = events;
    this.#startedAtMs = clock.nowMs();
    const leases = events.on("leaseTaken", () => {
      leases[Symbol.dispose]();
      this.end("lease");
    });
    const records = events.on("recordsFetched", (fetched) => {
      if (fetched.records === 0) return;
      records[Symbol.dispose]();
      this.end("records");
    });
    this.#listeners = [leases, records];
  }

  end(phase: StartupPhase): void {
    const sinceRunMs = this.#clock.nowMs() - this.#startedAtMs;
    this.#events.emit("startupPhaseEnded", { phase, sinceRunMs });
  }

  /** Phases that have not ended are not told any more. */
  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
  }
}
