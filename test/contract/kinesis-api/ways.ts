// The ways to reach one emulator through the port: in the process, over HTTP/1.1, and with a ready client of the SDK
// over HTTP/2, over TLS and without a socket. PutRecords goes past the SDK in all of them but in the process, and where
// middleware of the user's wants to see it.
import { Agent } from "node:https";
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
import { openKinesis } from "@shardline/aws";
import type { KinesisApi } from "@shardline/core";
import {
  type RunningEmulator,
  type StartEmulatorOptions,
  startEmulator,
} from "@shardline/emulator";
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** One emulator, and the port to it by a certain way. */
export interface Reached extends AsyncDisposable {
  readonly emulator: RunningEmulator;
  readonly api: KinesisApi;
}

interface Way {
  /** What the emulator must have been started with. */
  readonly options?: StartEmulatorOptions;
  open(emulator: RunningEmulator): { readonly api: KinesisApi; readonly close: () => void };
}

const inProcess: Way = {
  open: ({ kinesis }) => ({ api: kinesis, close: () => undefined }),
};

const overHttp1: Way = {
  open: (emulator) => openKinesis(emulator.clientConfig("kinesis")),
};

/** Bodies in CBOR, once a listing has shown that the emulator speaks it. */
const inCbor: Way = {
  open: (emulator) => openKinesis(emulator.clientConfig("kinesis"), { mayUseCbor: true }),
};

/** A way by a ready client of the SDK. */
function bySdk(configure: (emulator: RunningEmulator) => KinesisClientConfig): Way["open"] {
  return (emulator) => {
    const common = { ...emulator.clientConfig("kinesis"), maxAttempts: 1 };
    const client = new KinesisClient({ ...common, ...configure(emulator) });
    return { api: openKinesis(client).api, close: () => client.destroy() };
  };
}

const overHttp2: Way = { open: bySdk(() => ({})) };

const overTls: Way = {
  options: { tls: true },
  open: bySdk(({ endpoints, ca = "" }) => ({
    endpoint: endpoints.https ?? "",
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca, keepAlive: true }) }),
  })),
};

const pastMiddleware: Way = {
  open: (emulator) => {
    const client = new KinesisClient({ ...emulator.clientConfig("kinesis"), maxAttempts: 1 });
    client.middlewareStack.add((next) => (args) => next(args));
    return { api: openKinesis(client).api, close: () => client.destroy() };
  },
};

const withoutSocket: Way = {
  open: bySdk((emulator) => ({ requestHandler: emulator.requestHandler() })),
};

export const WAYS: readonly (readonly [name: string, way: Way])[] = [
  ["in the process", inProcess],
  ["over HTTP/1.1", overHttp1],
  ["over HTTP/1.1 in CBOR", inCbor],
  ["over HTTP/2 with the SDK's own transport", overHttp2],
  ["over TLS", overTls],
  ["past middleware of the user's", pastMiddleware],
  ["through the SDK without a socket", withoutSocket],
];

/** Starts an emulator and opens a way to it. */
export async function reach(way: Way, options: StartEmulatorOptions = {}): Promise<Reached> {
  const emulator = await startEmulator({ streams: { orders: 2 }, ...way.options, ...options });
  const { api, close } = way.open(emulator);
  if (way === inCbor) await provenInCbor(api);
  return {
    emulator,
    api,
    [Symbol.asyncDispose]: async () => {
      close();
      await emulator[Symbol.asyncDispose]();
    },
  };
}

/** A client finds out by a listing. */
async function provenInCbor(api: KinesisApi): Promise<void> {
  await api.listShards({ stream: { name: "orders" } }, new AbortController().signal);
}
