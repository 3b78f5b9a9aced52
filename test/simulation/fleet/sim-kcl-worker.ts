// A simulated process of a consumer of the KCL: the model in the place of the real consumer, with the same face and the
// same evidence.
import { setMaxListeners } from "node:events";
import { inspect } from "node:util";
import type { Lease } from "@shardline/consumer";
import { sleep } from "@shardline/core";
import { BrokenInvariant } from "../evidence/journal.ts";
import { decodeRecord, intactBytes } from "../evidence/sim-record.ts";
import type { KclRecord } from "../kcl/kcl-records.ts";
import { KclWorker } from "../kcl/kcl-worker.ts";
import { drawMood } from "./handler-mood.ts";
import type { SimProcess } from "./sim-process.ts";
import type { SimWorkerOptions } from "./sim-worker.ts";

/** It waits for a checkpoint behind each batch: with smaller ones it would not keep up with what is put. */
const LEAST_BATCH_RECORDS = 20;

export class SimKclWorker {
  readonly process: SimProcess;
  readonly done: Promise<void>;
  readonly #options: SimWorkerOptions;
  readonly #worker: KclWorker;
  /** Its handler heeds no signal. */
  readonly #never = new AbortController().signal;
  #isCalm = false;

  constructor(options: SimWorkerOptions) {
    const { faults, journal, process } = options;
    const { name } = process;
    this.process = process;
    this.#options = options;
    // A handler runs for each of its shards.
    setMaxListeners(Number.POSITIVE_INFINITY, this.#never);
    this.#worker = new KclWorker({
      ...options,
      batchRecords: Math.max(LEAST_BATCH_RECORDS, options.batchRecords),
      deliver: (records, lease) => this.#handle(records, lease),
      passedOver: (records, lease) => {
        faults.note("aggregate that the KCL passes over");
        this.#dealtWith("passed over", records, lease);
      },
      told: (what, shardId) => {
        if (what === "leaseTaken") faults.note("lease that the KCL takes");
        journal.write({ kind: "lease", process: name, what, fields: { shardId } });
      },
    });
    this.done = this.#worker.done;
    this.done.catch((error: unknown) => {
      journal.break(new BrokenInvariant("no model fails", `${name}: ${inspect(error)}`, name));
    });
  }

  /** In good order, as far as the KCL knows one. */
  stop(): void {
    this.process.startTimer(0, () => this.#worker.stop());
  }

  /** From here on its handler does not hang. */
  calm(): void {
    this.#isCalm = true;
  }

  /** It may hang, and nothing else: whatever a handler throws at, the KCL skips. */
  async #handle(records: readonly KclRecord[], lease: Lease): Promise<void> {
    const { faults, handlers, journal, process, random } = this.#options;
    const { epoch, shardId } = lease;
    const call = journal.nextCall();
    for (const [at, { data, partitionKey, position }] of records.entries()) {
      const record = decodeRecord(data);
      journal.write({
        kind: "delivered",
        process: process.name,
        shardId,
        epoch,
        call,
        isFirst: at === 0,
        position,
        record,
        partitionKey,
        bytes: intactBytes(data),
      });
    }
    const mood = drawMood(handlers, records.length, random);
    const hangs = mood.kind === "hangs" && !this.#isCalm;
    if (hangs) faults.add("handler hangs");
    const forMs = hangs ? mood.forMs : random.next() * handlers.maxHandlingMs;
    await sleep(process, forMs, this.#never);
    this.#dealtWith("returned", records, lease);
  }

  #dealtWith(
    how: "returned" | "passed over",
    records: readonly KclRecord[],
    { shardId }: Lease,
  ): void {
    const { journal, process } = this.#options;
    const positions = records.map(({ position }) => position);
    journal.write({ kind: "handled", process: process.name, shardId, how, positions });
  }
}
