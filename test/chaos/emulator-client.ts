// The emulator's process, and what is asked of it: another number of shards, faults, and what is stored in the end.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KinesisClient, UpdateShardCountCommand } from "@aws-sdk/client-kinesis";
import type { EmulatorClientConfig, FaultRule, ListedFault } from "@shardline/emulator";
import { type EmulatorReady, STREAM } from "./chaos-messages.ts";
import type { StoredRecords } from "./stored-records.ts";

const AGAIN_MS = 200;

export class EmulatorClient implements AsyncDisposable {
  readonly client: EmulatorClientConfig;
  readonly #process: ChildProcess;
  readonly #kinesis: KinesisClient;

  private constructor(child: ChildProcess, client: EmulatorClientConfig) {
    this.#process = child;
    this.client = client;
    this.#kinesis = new KinesisClient(client);
  }

  static async start(seed: number, onEnd: (reason: string) => void): Promise<EmulatorClient> {
    const child = fork(join(import.meta.dirname, "emulator-process.js"), [String(seed)], {
      serialization: "advanced",
    });
    child.once("exit", (code, signal) => onEnd(`the emulator ended with ${code ?? signal}`));
    const [{ client }] = (await once(child, "message")) as [EmulatorReady];
    return new EmulatorClient(child, client);
  }

  /** Begins a change of the number of shards, as soon as the one before is over. */
  async reshard(shards: number, signal: AbortSignal): Promise<void> {
    const command = new UpdateShardCountCommand({
      StreamName: STREAM,
      TargetShardCount: shards,
      ScalingType: "UNIFORM_SCALING",
    });
    for (;;) {
      try {
        await this.#kinesis.send(command, { abortSignal: signal });
        return;
      } catch (error) {
        if ((error as Error).name !== "ResourceInUseException") throw error;
        await sleep(AGAIN_MS, undefined, { signal });
      }
    }
  }

  /** Adds a rule; answers its id. */
  async addFault(rule: FaultRule): Promise<string> {
    const [added] = await this.#faults("POST", "", rule);
    if (added === undefined) throw new Error("no fault was added");
    return added.id;
  }

  /** Takes a rule away; answers how often it has fired. */
  async removeFault(id: string): Promise<number> {
    const hits = (await this.#faults("GET", "")).find((fault) => fault.id === id)?.hits ?? 0;
    await this.#faults("DELETE", `/${id}`);
    return hits;
  }

  /** Everything that the stream holds. */
  async stored(signal: AbortSignal): Promise<StoredRecords> {
    this.#process.send("what is stored?");
    const [records] = (await once(this.#process, "message", { signal })) as [StoredRecords];
    return records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kinesis.destroy();
    this.#process.removeAllListeners("exit");
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  async #faults(method: string, path: string, body?: object): Promise<readonly ListedFault[]> {
    const answer = await fetch(`${this.client.endpoint}/_emu/faults${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const said = (await answer.json()) as { readonly faults?: readonly ListedFault[] };
    if (!answer.ok) throw new Error(`${method} faults: ${JSON.stringify(said)}`);
    return said.faults ?? [];
  }
}
