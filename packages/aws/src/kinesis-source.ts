// How users say which Kinesis they mean, and what the packages above make of it.
import { type Check, type KinesisApi, matching } from "@shardline/core";
import { createAwsKinesisApi } from "./aws-kinesis-api.ts";
import { usesIsolatedHttp2 } from "./isolated-http2.ts";
import { type KinesisClientOptions, openKinesisClient } from "./kinesis-client.ts";
import type { TransportOptions } from "./transport.ts";

/**
 * A ready `KinesisApi`, such as the emulator's; a ready client of the AWS SDK; or the configuration of one. Without
 * any, the SDK finds region and credentials where it always does.
 */
export type KinesisSource = KinesisApi | KinesisClientOptions;

/** Kinesis, ready to be called. */
export interface OpenKinesis {
  readonly api: KinesisApi;
  /** Whether the client that was handed in opens a connection for every request. Never rejects. */
  readonly isSlow: Promise<boolean>;
  /** Frees what was made here; leaves what was handed in alone. */
  readonly close: () => void;
}

/** Checks an option that names a Kinesis. */
export const kinesisSource: Check<KinesisSource> = matching(
  "a KinesisApi, a Kinesis client or its configuration",
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

/** Opens what the user named. */
export function openKinesis(
  source: KinesisSource = {},
  transport: Partial<TransportOptions> = {},
): OpenKinesis {
  if (isApi(source)) {
    return { api: source, isSlow: Promise.resolve(false), close: () => undefined };
  }
  const open = openKinesisClient(source, transport);
  const isSlow = usesIsolatedHttp2(open.client);
  return { api: createAwsKinesisApi(open), isSlow, close: () => open.close() };
}

function isApi(source: KinesisSource): source is KinesisApi {
  return "putRecords" in source && typeof source.putRecords === "function";
}
