// The KCL's own de-aggregation, in a virtual machine that is warm.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { AggregatedRecord } from "@shardline/aggregation";
import type { Spent } from "../cpu-time.ts";
import { JavaProcess } from "../java-process.ts";

/** Before it counts: the virtual machine compiles what it finds hot, in several steps. */
const WARM_UP_SAMPLES = 3;

export class KclDecoder implements AsyncDisposable {
  readonly #program: JavaProcess;

  private constructor(program: JavaProcess) {
    this.#program = program;
  }

  static async start(): Promise<KclDecoder> {
    return new KclDecoder(await JavaProcess.start("kcl", "Decode"));
  }

  /** Gives it the answer to take apart. @throws unless it finds the same records in it */
  async take(answer: readonly Uint8Array[], expected: readonly AggregatedRecord[]): Promise<void> {
    const aggregates = answer.map((aggregate) => Buffer.from(aggregate).toString("base64"));
    const digest = createHash("md5");
    for (const { data, partitionKey } of expected) digest.update(partitionKey).update(data);
    assert.deepEqual(await this.#program.ask("answer", ...aggregates), [
      String(expected.length),
      digest.digest("hex"),
    ]);
    for (let i = 0; i < WARM_UP_SAMPLES; i += 1) await this.sample();
  }

  /** What an aggregate took. */
  async sample(): Promise<Spent> {
    const [cpuUs, wallUs] = (await this.#program.ask("sample")).map(Number) as [number, number];
    return { cpuUs, wallUs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
