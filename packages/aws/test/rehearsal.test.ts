// A PutRecords that stores nothing: what is sent to whom, and how it is told.
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { type ApiFailure, apiFailureOf, type KinesisApi } from "@shardline/core";
import { createAwsKinesisApi, openKinesisClient } from "@shardline/aws";
import { expect, test } from "vitest";
import { apiFor, json, noAbort, serve } from "./support/kinesis-server.ts";

interface Sent {
  readonly hostname: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const stream = { name: "orders" };
const entries = [{ data: Buffer.from("x"), partitionKey: "k" }];

/** A client of AWS whose requests end here. */
function atAws(answer: { readonly status: number; readonly body: object }) {
  const sent: Sent[] = [];
  const client = new KinesisClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "s" },
    requestHandler: {
      handle: async ({ body, hostname }: { body: Uint8Array; hostname: string }) => {
        sent.push({ hostname, body: JSON.parse(new TextDecoder().decode(body)) as Sent["body"] });
        const headers = { "content-type": "application/x-amz-json-1.1" };
        const bytes = Buffer.from(JSON.stringify(answer.body));
        return { response: { statusCode: answer.status, headers, body: bytes } as never };
      },
    },
  });
  return { api: createAwsKinesisApi(openKinesisClient(client)), sent };
}

async function failureOf(api: KinesisApi): Promise<ApiFailure | undefined> {
  return api.rehearsePutRecords({ stream, entries }, noAbort()).then(
    () => undefined,
    (error: unknown) => apiFailureOf(error),
  );
}

const refusal = (name: string) => ({ status: 400, body: { __type: name, message: "no" } });

test("it is sent to AWS with the flag that keeps the service from storing, and its failure is success", async () => {
  const { api, sent } = atAws(refusal("DryRunOperationException"));
  await api.rehearsePutRecords({ stream, entries }, noAbort());
  expect(sent).toEqual([
    {
      hostname: "kinesis.eu-west-1.amazonaws.com",
      body: {
        StreamName: "orders",
        Records: [{ Data: "eA==", PartitionKey: "k" }],
        DryRun: true,
      },
    },
  ]);
});

test("every other refusal is that of PutRecords", async () => {
  const { api } = atAws(refusal("AccessDeniedException"));
  expect(await failureOf(api)).toMatchObject({ kind: "denied", awsName: "AccessDeniedException" });
});

test("success would mean that records were stored: it counts as a failure, and is not tried again", async () => {
  const { api, sent } = atAws({ status: 200, body: { Records: [] } });
  expect(await failureOf(api)).toMatchObject({ awsName: "AnswerMismatch", isAmbiguous: true });
  expect(sent).toHaveLength(1);
});

test("nobody but AWS is sent one, because he might store it", async () => {
  const { requests, url } = await serve(json({ Records: [] }));
  expect(await failureOf(apiFor(url))).toMatchObject({
    kind: "rejected",
    reason: "127.0.0.1 is not AWS's, and may store what is only to be checked",
  });
  expect(requests).toEqual([]);
});

test("it leaves no trace in the calls that follow it, even where the SDK keeps its middleware", async () => {
  const { requests, url } = await serve(
    json({ Records: [{ ShardId: "s", SequenceNumber: "1" }], FailedRecordCount: 0 }),
  );
  const api = apiFor(url);
  for (let i = 0; i < 2; i += 1) {
    await api.putRecords({ stream, entries }, noAbort());
    expect((await failureOf(api))?.kind).toBe("rejected");
  }
  expect(requests.map(({ body }) => "DryRun" in body)).toEqual([false, false]);
});
