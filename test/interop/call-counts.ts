// How often an application of the KCL called what reads a stream, by the emulator's own account.
import type { Fault, RunningEmulator } from "@shardline/emulator";

const COUNTED = { kind: "latency", ms: 0 } as const;

export class CallCounts {
  readonly #polls: Fault;
  readonly #subscriptions: Fault;

  /** Counts from now on. */
  constructor({ faults }: RunningEmulator, application: string) {
    const countOf = (operations: string): Fault => {
      // Its programs name the application last of all.
      const match = { operations, userAgent: `app/${application}$` };
      return faults.add({ effect: COUNTED, match });
    };
    this.#polls = countOf("GetRecords");
    this.#subscriptions = countOf("SubscribeToShard");
  }

  get polls(): number {
    return this.#polls.hits;
  }

  get subscriptions(): number {
    return this.#subscriptions.hits;
  }
}
