// The way past `client.send`, and when it may be taken.
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { BodyPool } from "./body-pool.ts";
import { signedCalls } from "./signed-call.ts";
import { type LooksUntouched, watchClient } from "./untouched-client.ts";
import { putRecordsBy, type SendPutRecords } from "./wire-put-records.ts";

/** Calls that go past the SDK's serializer and middleware, with all that a client is configured with. */
export interface Wire {
  readonly looksUntouched: LooksUntouched;
  readonly putRecords: SendPutRecords;
}

/** Opens the way for a client that is as the SDK made it. */
export function openWire(client: KinesisClient, maxSilenceMs: number | undefined): Wire {
  const putRecords = putRecordsBy(signedCalls(client, maxSilenceMs), new BodyPool());
  return { looksUntouched: watchClient(client), putRecords };
}
