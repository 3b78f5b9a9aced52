import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { apiFailureOf } from "@shardline/core";
import { createAwsKinesisApi } from "@shardline/aws";
import { describe, expect, test } from "vitest";
import { freezeTimeouts } from "../../../test/support/frozen-timeouts.ts";
import {
  apiFor,
  exception,
  inTurn,
  json,
  noAbort,
  openFor,
  serve,
} from "./support/kinesis-server.ts";

const stream = { name: "orders" };
const summary = json({
  StreamDescriptionSummary: {
    StreamName: "orders",
    StreamARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
    StreamStatus: "ACTIVE",
    StreamCreationTimestamp: 1_700_000_000.5,
    OpenShardCount: 3,
    RetentionPeriodHours: 24,
  },
});

describe("DescribeStreamSummary", () => {
  test("is tried again until it succeeds", async () => {
    const broken = exception("InternalFailure", 500);
    const { requests, url } = await serve(inTurn(broken, broken, summary));
    expect(await apiFor(url).describeStreamSummary({ stream }, noAbort())).toEqual({
      name: "orders",
      arn: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
      status: "ACTIVE",
      createdAtMs: 1_700_000_000_500,
      openShardCount: 3,
      retentionHours: 24,
      maxRecordBytes: 1_048_576,
      distribution: "partition-key",
    });
    expect(requests.length).toBe(3);
  });

  test("is given up after four tries, with the last failure", async () => {
    const broken = exception("InternalFailure", 500);
    const limited = exception("LimitExceededException");
    const { requests, url } = await serve(inTurn(broken, broken, broken, limited));
    const error = await apiFor(url)
      .describeStreamSummary({ stream }, noAbort())
      .catch((reason: unknown) => reason);
    expect(apiFailureOf(error)).toMatchObject({ kind: "throttled" });
    expect(requests.length).toBe(4);
  });

  test.each(["AccessDeniedException", "ResourceNotFoundException", "ValidationException"])(
    "is not tried again after %s",
    async (name) => {
      const { requests, url } = await serve(exception(name));
      const error = await apiFor(url)
        .describeStreamSummary({ stream }, noAbort())
        .catch((reason: unknown) => reason);
      expect(apiFailureOf(error)?.awsName).toBe(name);
      expect(requests.length).toBe(1);
    },
  );

  test("is signed with new credentials after the old ones were refused", async () => {
    const { url } = await serve(inTurn(exception("UnrecognizedClientException"), summary));
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { accessKeyId: "KEY", secretAccessKey: "secret" };
    };
    const api = createAwsKinesisApi(openFor(url, {}, { credentials }));
    await api.describeStreamSummary({ stream }, noAbort());
    expect(asked).toBe(2);
  });

  test.each([
    ["an error", new Error("stop")],
    ["a text", "stop"],
  ])("stops within a try on an abort with %s", async (_kind, reason) => {
    const stop = new AbortController();
    const { requests, url } = await serve(() => stop.abort(reason));
    const error = await apiFor(url)
      .describeStreamSummary({ stream }, stop.signal)
      .catch((thrown: unknown) => thrown);
    expect(error).toBe(reason);
    expect(requests.length).toBe(1);
  });

  test.each([
    ["an error", new Error("stop")],
    ["a text", "stop"],
  ])("stops between two tries, at once, on an abort with %s", async (_kind, reason) => {
    // So that the second try does not begin before the abort.
    using _ = freezeTimeouts();
    const stop = new AbortController();
    const { requests, url } = await serve(exception("InternalFailure", 500));
    let outcome: unknown = "none yet";
    const keep = (result: unknown): void => {
      outcome = result;
    };
    apiFor(url).describeStreamSummary({ stream }, stop.signal).then(keep, keep);
    await expect.poll(() => requests.length).toBe(1);
    await pause(30);
    stop.abort(reason);
    await turn();
    expect(outcome).toBe(reason);
    expect(requests.length).toBe(1);
  });
});

describe("a change of a stream", () => {
  test("is made again when it was certainly not made", async () => {
    const { requests, url } = await serve(inTurn(exception("LimitExceededException"), json({})));
    await apiFor(url).createStream({ stream, shardCount: 2 }, noAbort());
    expect(requests.map(({ body }) => body)).toEqual([
      { StreamName: "orders", ShardCount: 2 },
      { StreamName: "orders", ShardCount: 2 },
    ]);
  });

  test.each([
    ["it may have been made", exception("InternalFailure", 500)],
    ["the stream is busy", exception("ResourceInUseException")],
  ])("is not made again when %s", async (_why, answer) => {
    const { requests, url } = await serve(answer);
    const api = apiFor(url);
    const split = { stream, shardId: "shardId-000000000000", newStartingHashKey: 10n };
    const merge = { stream, shardId: "shardId-000000000001", adjacentShardId: "b" };
    const settled = await Promise.allSettled([
      api.createStream({ stream, shardCount: 1 }, noAbort()),
      api.splitShard(split, noAbort()),
      api.mergeShards(merge, noAbort()),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(requests.length).toBe(3);
  });

  test("is answered with an empty body", async () => {
    const { requests, url } = await serve((response) => response.end());
    const api = apiFor(url);
    const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
    await api.splitShard(
      { stream, shardId: "shardId-000000000000", newStartingHashKey: 2n ** 127n },
      noAbort(),
    );
    await api.mergeShards(
      {
        stream: { ...stream, arn },
        shardId: "shardId-000000000001",
        adjacentShardId: "shardId-000000000002",
      },
      noAbort(),
    );
    expect(requests.map(({ body }) => body)).toEqual([
      {
        StreamName: "orders",
        ShardToSplit: "shardId-000000000000",
        NewStartingHashKey: "170141183460469231731687303715884105728",
      },
      {
        StreamARN: arn,
        ShardToMerge: "shardId-000000000001",
        AdjacentShardToMerge: "shardId-000000000002",
      },
    ]);
  });
});
