// Who makes the calls: our adapter, by the wire and by the SDK; the SDK as people use it; and the least that a client can
// do, HTTP with everything prepared.
import { type Agent as HttpAgent, Agent, request as httpRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import {
  type KinesisClientConfig,
  KinesisClient,
  type PutRecordsCommandInput,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { createAwsKinesisApi, openKinesisClient } from "@shardline/aws";
import type { PutRecordsRequest } from "@shardline/core";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import type { ResponderReady } from "./responder-messages.ts";

/** Makes one call. Its connections end with its process. */
export interface Caller {
  readonly call: () => Promise<unknown>;
}

/** Where to, and how. */
export interface Endpoint {
  readonly http1: string;
  readonly http2: string;
  /** Trusted beside the system's, over TLS. */
  readonly ca?: string;
}

const SOCKETS = { keepAlive: true, maxSockets: 24 };

export function plainEndpoint({ h2c, http1 }: ResponderReady): Endpoint {
  return { http1: `http://127.0.0.1:${http1}`, http2: `http://127.0.0.1:${h2c}` };
}

export function tlsEndpoint({ ca, tls }: ResponderReady): Endpoint {
  const url = `https://127.0.0.1:${tls}`;
  return { http1: url, http2: url, ca };
}

function configFor(endpoint: string): KinesisClientConfig {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return { endpoint, region: "eu-west-1", credentials };
}

/** The port over our own transport: by the wire, in JSON or in CBOR, or by the SDK's `send`. */
export async function ours(
  { ca, http1 }: Endpoint,
  way: "json" | "cbor" | "send",
  request: PutRecordsRequest,
): Promise<Caller> {
  const httpsAgent = { ...SOCKETS, ...(ca === undefined ? {} : { ca }) };
  const requestHandler = { httpAgent: SOCKETS, httpsAgent };
  const mayUseCbor = way === "cbor";
  const { wire, ...open } = openKinesisClient(
    { ...configFor(http1), requestHandler },
    { mayUseCbor },
  );
  if (wire === undefined) throw new Error("there is no wire");
  const api = createAwsKinesisApi(way === "send" ? open : { ...open, wire });
  const call = async (): Promise<void> => {
    // A signal for each call, as the producer has.
    const { outcomes } = await api.putRecords(request, new AbortController().signal);
    const stored = outcomes.filter(({ kind }) => kind === "stored").length;
    if (stored !== request.entries.length) throw new Error(`${stored} stored`);
  };
  if (mayUseCbor) {
    await api.listShards({ stream: request.stream }, new AbortController().signal);
    await call();
  }
  return { call };
}

/** A plain PutRecords of the SDK's, over its default transport or over HTTP/1.1. */
export function sdk(
  { ca, http1, http2 }: Endpoint,
  transport: "default" | "http1",
  request: PutRecordsRequest,
): Caller {
  const requestHandler =
    transport === "http1"
      ? new NodeHttpHandler({ httpsAgent: new TlsAgent({ ...SOCKETS, ...(ca && { ca }) }) })
      : // What the SDK makes for Kinesis when it is told nothing, but for the certificate.
        new NodeHttp2Handler({
          disableConcurrentStreams: true,
          ...(ca === undefined ? {} : { nodeHttp2ConnectOptions: { ca } }),
        });
  const client = new KinesisClient({
    ...configFor(transport === "http1" ? http1 : http2),
    requestHandler,
  });
  const input: PutRecordsCommandInput = {
    StreamName: request.stream.name,
    Records: request.entries.map(({ data, partitionKey }) => ({
      Data: data,
      PartitionKey: partitionKey,
    })),
  };
  return { call: () => client.send(new PutRecordsCommand(input)) };
}

/** HTTP/1.1 with a ready body, unsigned; the answer is read and thrown away. */
export function floor({ ca, http1 }: Endpoint, body: Buffer): Caller {
  const { hostname, port, protocol } = new URL(http1);
  const isTls = protocol === "https:";
  const agent: HttpAgent = isTls
    ? new TlsAgent({ ...SOCKETS, ...(ca === undefined ? {} : { ca }) })
    : new Agent(SOCKETS);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "Kinesis_20131202.PutRecords",
    "content-length": body.length,
  };
  const call = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const send = isTls ? tlsRequest : httpRequest;
      const sent = send({ hostname, port, method: "POST", agent, headers }, (answer) => {
        answer.resume().once("end", resolve);
      });
      sent.once("error", reject).end(body);
    });
  return { call };
}
