// The ways to reach one emulator through the port: in the process, over HTTP/1.1, and over HTTP/2 with a ready client
// of the SDK.
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { openKinesis } from "@shardline/aws";
import type { KinesisApi } from "@shardline/core";
import {
  type RunningEmulator,
  type StartEmulatorOptions,
  startEmulator,
} from "@shardline/emulator";

/** One emulator, and the port to it by a certain way. */
export interface Reached extends AsyncDisposable {
  readonly emulator: RunningEmulator;
  readonly api: KinesisApi;
}

type Way = (emulator: RunningEmulator) => { readonly api: KinesisApi; readonly close: () => void };

const inProcess: Way = ({ kinesis }) => ({ api: kinesis, close: () => undefined });

const overHttp1: Way = (emulator) => openKinesis(emulator.clientConfig("kinesis"));

const overHttp2: Way = (emulator) => {
  const client = new KinesisClient({ ...emulator.clientConfig("kinesis"), maxAttempts: 1 });
  return { api: openKinesis(client).api, close: () => client.destroy() };
};

export const WAYS: readonly (readonly [name: string, way: Way])[] = [
  ["in the process", inProcess],
  ["over HTTP/1.1", overHttp1],
  ["over HTTP/2 with the SDK's own transport", overHttp2],
];

/** Starts an emulator and opens a way to it. */
export async function reach(way: Way, options: StartEmulatorOptions = {}): Promise<Reached> {
  const emulator = await startEmulator({ streams: { orders: 2 }, ...options });
  const { api, close } = way(emulator);
  return {
    emulator,
    api,
    [Symbol.asyncDispose]: async () => {
      close();
      await emulator[Symbol.asyncDispose]();
    },
  };
}
