// A process with workers of either side: prints each record that they are handed, and what becomes of their shards.
import type { Delivery } from "./delivery.ts";
import type { Fields, LineProgram } from "./line-program.ts";

export type OnDelivery = (delivery: Delivery, worker: string) => void;

/** What a line of a worker tells beside records. */
export interface Incident {
  readonly kind: string;
  readonly worker: string;
  readonly shardId: string;
  readonly details: readonly string[];
}

export class WorkerProgram {
  /** In the order of their happening. */
  readonly incidents: Incident[] = [];
  readonly #program: LineProgram;
  readonly #onDelivery: OnDelivery;

  constructor(program: LineProgram, onDelivery: OnDelivery) {
    this.#program = program;
    this.#onDelivery = onDelivery;
    program.onLine((fields) => this.#note(fields));
  }

  /** What was written to its standard error. */
  get log(): string {
    return this.#program.log;
  }

  /** Ends the workers in good order. */
  stop(): Promise<void> {
    return this.#program.stop();
  }

  /** Ends them as a crash does. */
  kill(): Promise<void> {
    return this.#program.kill();
  }

  #note([kind = "", worker = "", shardId = "", ...details]: Fields): void {
    if (kind !== "record") {
      this.incidents.push({ kind, worker, shardId, details });
      return;
    }
    const [sequenceNumber = "", sub, , partitionKey = "", hashKey, data = ""] = details;
    const explicitHashKey = hashKey === "" ? undefined : hashKey;
    const subSequenceNumber = Number(sub);
    const record = { sequenceNumber, subSequenceNumber, partitionKey, explicitHashKey, data };
    this.#onDelivery({ shardId, ...record }, worker);
  }
}
