// The stream that the load is for, made by calls of the API, so that it is the same for every server.
import { http1Client } from "./http1-client.ts";
import { firstAnswer } from "./load.ts";
import type { Server } from "./server.ts";
import { jsonTraffic, STREAM } from "./traffic.ts";

/** What a stream is made as. */
export interface StreamSetup {
  /** @defaultValue enough that every PutRecords goes to several */
  readonly ShardCount?: number;
  readonly MaxRecordSizeInKiB?: number;
}

/** Puts a new and empty stream in the place of the old one, if there is one. */
export async function renewStream(server: Server, setup: StreamSetup = {}): Promise<void> {
  const StreamName = STREAM;
  if ((await streamsOf(server)).includes(STREAM)) {
    await call(server, "DeleteStream", { StreamName });
    while ((await streamsOf(server)).includes(STREAM));
  }
  await call(server, "CreateStream", { StreamName, ShardCount: 4, ...setup });
  while (!(await isActive(server)));
}

/** Calls an operation once. */
export async function call<Output>(
  server: Server,
  operation: string,
  input: object,
): Promise<Output> {
  const client = await http1Client(server.port, jsonTraffic(operation, [input], 1), 1);
  try {
    return readJson(await firstAnswer(client)) as Output;
  } finally {
    client.close();
  }
}

/** The JSON of a body, which one peer writes in chunks. */
export function readJson(pieces: readonly Buffer[]): unknown {
  const text = Buffer.concat(pieces).toString();
  const begin = text.indexOf("{");
  return begin < 0 ? undefined : JSON.parse(text.slice(begin, text.lastIndexOf("}") + 1));
}

async function streamsOf(server: Server): Promise<readonly string[]> {
  return (await call<{ StreamNames: string[] }>(server, "ListStreams", {})).StreamNames;
}

async function isActive(server: Server): Promise<boolean> {
  const { StreamDescriptionSummary } = await call<{
    StreamDescriptionSummary: { StreamStatus: string };
  }>(server, "DescribeStreamSummary", { StreamName: STREAM });
  return StreamDescriptionSummary.StreamStatus === "ACTIVE";
}
