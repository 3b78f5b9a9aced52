// The two ways of a PutRecords call out of the adapter. What holds for one has to hold for the other.
import type { KinesisClientConfig } from "@aws-sdk/client-kinesis";
import {
  createAwsKinesisApi,
  type OpenKinesisClient,
  openKinesisClient,
  type TransportOptions,
} from "@shardline/aws";
import type { KinesisApi } from "@shardline/core";
import { openFor } from "./kinesis-server.ts";

/** Makes the port of an open client, by a certain way. */
export type ApiBy = (open: OpenKinesisClient) => KinesisApi;

const byWire: ApiBy = (open) => {
  if (open.wire === undefined) throw new Error("this client has no wire");
  return createAwsKinesisApi(open);
};

const bySdk: ApiBy = (open) => {
  const others = Object.entries(open).filter(([name]) => name !== "wire");
  return createAwsKinesisApi(Object.fromEntries(others) as unknown as OpenKinesisClient);
};

export const WAYS: readonly (readonly [name: string, apiBy: ApiBy])[] = [
  ["by the wire", byWire],
  ["by the SDK", bySdk],
];

/** A port by a certain way, whose client is closed when the test is over. */
export function apiForBy(
  apiBy: ApiBy,
): (
  url: string,
  transport?: Partial<TransportOptions>,
  config?: KinesisClientConfig,
) => KinesisApi {
  return (url, transport, config) => apiBy(openFor(url, transport, config));
}

/** The port over a ready client. */
export function apiOfReady(
  apiBy: ApiBy,
  ready: Parameters<typeof openKinesisClient>[0],
): KinesisApi {
  return apiBy(openKinesisClient(ready));
}
