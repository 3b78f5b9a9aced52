// What the AWS CLI says, word for word: the headers and bodies of aws-cli 1.45.11 (botocore 1.43.11), recorded from
// it. Each command opens a connection of its own.
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { exchange, requestOf } from "../support/raw-http.ts";

const REGION = "eu-west-1";
const ARN = `arn:aws:kinesis:${REGION}:000000000000:stream/cli`;
const stream = { StreamName: "cli" };

/** JSON as Python writes it: blanks behind colons and commas, and nothing beyond ASCII. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([k, v]) => `${pythonJson(k)}: ${pythonJson(v)}`);
    return `{${members.join(", ")}}`;
  }
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const HEADERS = {
  "accept-encoding": "identity",
  "user-agent":
    "aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18 md/arch#x86_64 lang/python#3.11.7 " +
    "md/pyimpl#CPython m/b,Z,C,D,g,N cfg/retry-mode#legacy botocore/1.43.11",
  "x-amz-date": "20261121T074554Z",
  authorization:
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/${REGION}/kinesis/aws4_request, ` +
    "SignedHeaders=content-type;host;x-amz-date;x-amz-target, " +
    "Signature=1e76e039c61b4deabbb407e76fa22bcfe18889fc7b95b2e3d2c37f127ba410d8",
  "amz-sdk-invocation-id": "baf72951-465d-40bb-a1ad-93e0bebc0ac4",
  "amz-sdk-request": "attempt=1",
};

interface Shell {
  /** What a command prints. */
  readonly aws: <Output = unknown>(operation: string, input?: object) => Promise<Output>;
  /** The line with which a command fails. */
  readonly failing: (operation: string, input: object) => Promise<string>;
  readonly waitUntilActive: () => Promise<void>;
}

function shell(port: number): Shell {
  const run = async (operation: string, input: object): Promise<[number, unknown]> => {
    const answer = await exchange(port, requestOf(operation, pythonJson(input), HEADERS));
    expect(answer.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
    // The parser of botocore takes an empty body for an empty structure.
    return [answer.status, answer.body === "" ? {} : JSON.parse(answer.body)];
  };
  const aws: Shell["aws"] = async <Output>(operation: string, input: object = {}) => {
    const [status, output] = await run(operation, input);
    expect(status, JSON.stringify(output)).toBe(200);
    return output as Output;
  };
  return {
    aws,
    failing: async (operation, input) => {
      const [status, error] = await run(operation, input);
      expect(status).toBe(400);
      const { __type, message } = error as { __type: string; message: string };
      return `An error occurred (${__type}) when calling the ${operation} operation: ${message}`;
    },
    waitUntilActive: async () => {
      type Output = { StreamDescription: { StreamStatus: string } };
      for (;;) {
        const { StreamDescription } = await aws<Output>("DescribeStream", stream);
        if (StreamDescription.StreamStatus === "ACTIVE") return;
      }
    },
  };
}

type Shards = { readonly Shards: readonly { readonly ShardId: string }[] };

test("T63: the AWS CLI creates, puts, gets an iterator, gets, splits, tags and registers consumers", async () => {
  await using emulator = await startEmulator();
  const { aws, failing, waitUntilActive } = shell(emulator.port);

  expect(await aws("CreateStream", { ...stream, ShardCount: 1, Tags: { team: "é" } })).toEqual({});
  await waitUntilActive();
  expect(await aws("ListStreams")).toMatchObject({ StreamNames: ["cli"], HasMoreStreams: false });

  const Data = Buffer.from("hello").toString("base64");
  const put = await aws<{ ShardId: string }>("PutRecord", {
    ...stream,
    Data,
    PartitionKey: "kłucz",
  });
  const { ShardId } = put;
  const Records = [
    { Data, PartitionKey: "1" },
    { Data: "", PartitionKey: "2", ExplicitHashKey: "0" },
  ];
  expect(await aws("PutRecords", { Records, ...stream })).toMatchObject({ FailedRecordCount: 0 });

  const start = { ...stream, ShardId, ShardIteratorType: "TRIM_HORIZON" };
  const { ShardIterator } = await aws<{ ShardIterator: string }>("GetShardIterator", start);
  expect(await aws("GetRecords", { ShardIterator })).toMatchObject({
    Records: [
      { PartitionKey: "kłucz", Data },
      { PartitionKey: "1", Data },
      { PartitionKey: "2", Data: "" },
    ],
    MillisBehindLatest: 0,
  });
  // The CLI takes times as text and sends them as seconds with a fraction.
  const since = { ...stream, ShardId, ShardIteratorType: "AT_TIMESTAMP", Timestamp: 1700000000.5 };
  const earlier = await aws<{ ShardIterator: string }>("GetShardIterator", since);
  expect(await aws("GetRecords", earlier)).toMatchObject({ Records: { length: 3 } });

  const split = { ...stream, ShardToSplit: ShardId, NewStartingHashKey: `${2n ** 127n}` };
  expect(await aws("SplitShard", split)).toEqual({});
  await waitUntilActive();
  const latest = { ...stream, ShardFilter: { Type: "AT_LATEST" } };
  expect((await aws<Shards>("ListShards", latest)).Shards.map((shard) => shard.ShardId)).toEqual([
    "shardId-000000000001",
    "shardId-000000000002",
  ]);
  expect(await failing("SplitShard", split)).toContain(
    "An error occurred (InvalidArgumentException) when calling the SplitShard operation: Shard shardId-",
  );

  expect(await aws("AddTagsToStream", { ...stream, Tags: { env: "dev" } })).toEqual({});
  expect(await aws("ListTagsForStream", stream)).toEqual({
    Tags: [
      { Key: "env", Value: "dev" },
      { Key: "team", Value: "é" },
    ],
    HasMoreTags: false,
  });
  expect(await aws("UntagResource", { ResourceARN: ARN, TagKeys: ["env", "team"] })).toEqual({});
  expect(await aws("ListTagsForResource", { ResourceARN: ARN })).toEqual({ Tags: [] });

  const registration = { StreamARN: ARN, ConsumerName: "reader" };
  const { Consumer } = await aws<{ Consumer: { ConsumerARN: string } }>(
    "RegisterStreamConsumer",
    registration,
  );
  expect(Consumer.ConsumerARN).toMatch(/:stream\/cli\/consumer\/reader:\d+$/);
  expect(await failing("RegisterStreamConsumer", registration)).toContain(
    "(ResourceInUseException)",
  );
  expect(await aws("ListStreamConsumers", { StreamARN: ARN })).toMatchObject({
    Consumers: [{ ConsumerName: "reader", ConsumerARN: Consumer.ConsumerARN }],
  });
  expect(await failing("DeleteStream", stream)).toContain("(ResourceInUseException)");
  expect(await aws("DeregisterStreamConsumer", Consumer)).toEqual({});

  expect(await aws("DeleteStream", { ...stream, EnforceConsumerDeletion: true })).toEqual({});
  expect(await failing("PutRecord", { ...stream, Data, PartitionKey: "" })).toContain(
    "(ValidationException)",
  );
});

test("T63: the other commands that change a stream pass as well", async () => {
  await using emulator = await startEmulator();
  const { aws, failing, waitUntilActive } = shell(emulator.port);
  await aws("CreateStream", { ...stream, ShardCount: 2 });
  await waitUntilActive();
  const changes: readonly (readonly [string, object])[] = [
    ["UpdateShardCount", { ...stream, TargetShardCount: 4, ScalingType: "UNIFORM_SCALING" }],
    [
      "MergeShards",
      {
        ...stream,
        ShardToMerge: "shardId-000000000002",
        AdjacentShardToMerge: "shardId-000000000003",
      },
    ],
    ["IncreaseStreamRetentionPeriod", { ...stream, RetentionPeriodHours: 48 }],
    ["DecreaseStreamRetentionPeriod", { ...stream, RetentionPeriodHours: 24 }],
    ["UpdateMaxRecordSize", { StreamARN: ARN, MaxRecordSizeInKiB: 2048 }],
    ["UpdateStreamMode", { StreamARN: ARN, StreamModeDetails: { StreamMode: "ON_DEMAND" } }],
  ];
  for (const [operation, input] of changes) {
    await aws(operation, input);
    await waitUntilActive();
  }
  expect(await aws("DescribeStreamSummary", stream)).toMatchObject({
    StreamDescriptionSummary: {
      StreamARN: ARN,
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
      RetentionPeriodHours: 24,
      MaxRecordSizeInKiB: 2048,
      OpenShardCount: 3,
    },
  });
  expect(await aws("DescribeLimits")).toMatchObject({ OnDemandStreamCount: 1 });
  expect(
    await failing("IncreaseStreamRetentionPeriod", { ...stream, RetentionPeriodHours: 1 }),
  ).toBe(
    "An error occurred (InvalidArgumentException) when calling the IncreaseStreamRetentionPeriod operation: " +
      "Minimum allowed retention period is 24 hours. Requested retention period (1 hours) is too short.",
  );
});
