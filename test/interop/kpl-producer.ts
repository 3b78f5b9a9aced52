// The real KPL, told what to put.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { startJava } from "./java-program.ts";
import type { Fields, LineProgram } from "./line-program.ts";
import type { Workpiece } from "./workload.ts";

/** What the KPL said of it. */
export interface KplReceipt {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly attempts: number;
}

export class KplProducer {
  readonly #program: LineProgram;
  /** By the number of the record. */
  readonly receipts = new Map<number, KplReceipt>();
  readonly failures: string[] = [];

  private constructor(program: LineProgram) {
    this.#program = program;
    program.onLine((fields) => this.#note(fields));
  }

  static async start(flags: {
    readonly port: number;
    readonly stream: string;
  }): Promise<KplProducer> {
    // The KPL unpacks its native daemon there.
    const temp = await mkdtemp(join(tmpdir(), "kpl-"));
    onTestFinished(() => rm(temp, { recursive: true, force: true }));
    return new KplProducer(startJava("kpl", "KplProducer", { ...flags, temp }));
  }

  put({ data, explicitHashKey = "", partitionKey }: Workpiece): Promise<void> {
    const text = Buffer.from(data).toString("base64");
    return this.#program.write(`${partitionKey}\t${explicitHashKey}\t${text}`);
  }

  /** Waits until every record is settled, and ends the KPL. */
  finish(): Promise<void> {
    return this.#program.stop();
  }

  #note([kind, number, ...rest]: Fields): void {
    const [shardId = "", sequenceNumber = "", attempts] = rest;
    if (kind === "put") {
      this.receipts.set(Number(number), { shardId, sequenceNumber, attempts: Number(attempts) });
    }
    if (kind === "failed") this.failures.push(rest.join(" "));
  }
}
