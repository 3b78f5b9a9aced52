// The KPL under load: puts for a while whenever it is asked to, and answers what a record cost.
import type { JavaProcess } from "../java-process.ts";
import type { Endpoint } from "./endpoint.ts";
import { type KplWay, startKpl } from "./kpl.ts";
import type { Sample } from "./load-process.ts";
import type { Traffic } from "./traffic.ts";

/** Twice as long as others, because its processor's time goes in steps of 10 ms. */
const SAMPLE_MS = 1000;
/** The first sample does not count, and is so long: the virtual machine compiles in several steps. */
const WARM_UP_MS = 5000;

export class KplRunner implements AsyncDisposable {
  readonly #program: JavaProcess;
  #sampleMs = WARM_UP_MS;

  private constructor(program: JavaProcess) {
    this.#program = program;
  }

  static async start(endpoint: Endpoint, traffic: Traffic, way: KplWay): Promise<KplRunner> {
    return new KplRunner(await startKpl("Load", endpoint, traffic, way));
  }

  /** The daemon's processor time counts as the virtual machine's does. */
  async ask(): Promise<Sample> {
    const answer = await this.#program.ask(this.#sampleMs);
    this.#sampleMs = SAMPLE_MS;
    const [records = 0, cpuUs = 0, daemonCpuUs = 0, wallUs = 0] = answer.map(Number);
    return { cpuUs: (cpuUs + daemonCpuUs) / records, wallUs: wallUs / records };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
