// The emulator's process, and what is asked of it over HTTP: another number of shards, and refusals at the lease table.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KinesisClient, UpdateShardCountCommand } from "@aws-sdk/client-kinesis";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { type EmulatorReady, STREAM } from "./chaos-messages.ts";

const AGAIN_MS = 200;

interface ListedFault {
  readonly id: string;
  readonly hits: number;
}

export class EmulatorClient implements AsyncDisposable {
  readonly client: EmulatorClientConfig;
  readonly #process: ChildProcess;
  readonly #kinesis: KinesisClient;

  private constructor(child: ChildProcess, client: EmulatorClientConfig) {
    this.#process = child;
    this.client = client;
    this.#kinesis = new KinesisClient(client);
  }

  static async start(onEnd: (reason: string) => void): Promise<EmulatorClient> {
    const child = fork(join(import.meta.dirname, "emulator-process.js"));
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

  /** Refuses a share of all calls to the lease table for some time; answers how many that were. */
  async throttle(probability: number, forMs: number, signal: AbortSignal): Promise<number> {
    const rule = {
      effect: { kind: "error", type: "ProvisionedThroughputExceededException" },
      match: { service: "dynamodb", operations: ["UpdateItem", "PutItem", "Scan"], probability },
    };
    const [added] = await this.#faults("POST", "", rule);
    await sleep(forMs, undefined, { signal });
    const now = await this.#faults("GET", "");
    const { hits } = now.find(({ id }) => id === added?.id) as ListedFault;
    await this.#faults("DELETE", `/${added?.id ?? ""}`);
    return hits;
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
