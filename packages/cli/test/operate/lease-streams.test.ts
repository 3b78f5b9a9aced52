import { parseStreamRef, type StreamSummary } from "@shardline/core";
import { expect, test } from "vitest";
import { LeaseStreams, type LeaseStreamsOptions } from "../../src/operate/lease-streams.ts";

const SIGNAL = new AbortController().signal;
const HERE = "123456789012:orders:1700000000";
const OTHER_TIME = "123456789012:orders:7";
const OTHER_ACCOUNT = "999999999999:orders:1700000000";
const ARN = "arn:aws:kinesis:eu-central-1:123456789012:stream/orders";

/** Streams that are there, and what is asked of them. */
function streamsOf(named?: string, streamNames: readonly string[] = []) {
  const asked: string[] = [];
  const kinesis: LeaseStreamsOptions["kinesis"] = {
    describeStreamSummary: ({ stream }) => {
      asked.push(stream.arn ?? stream.name);
      const summary = { arn: ARN, createdAtMs: 1_700_000_000_500 };
      return Promise.resolve(summary as StreamSummary);
    },
  };
  const stream = named === undefined ? undefined : parseStreamRef(named);
  const streams = new LeaseStreams({ kinesis, stream, streamNames: new Set(streamNames) });
  return { asked, of: (streamName: string) => streams.of({ streamName }, SIGNAL) };
}

test("a lease is of the stream that has its account, name and creation time, which is asked once", async () => {
  const { asked, of } = streamsOf();
  const found = await Promise.all([of(HERE), of(HERE)]);
  expect(found).toEqual([0, 1].map(() => ({ kind: "found", stream: { name: "orders" } })));
  expect(asked).toEqual(["orders"]);
});

test.each([undefined, "orders", ARN])(
  "a lease of another account is of another stream, also where %s is named",
  async (named) => {
    expect(await streamsOf(named).of(OTHER_ACCOUNT)).toEqual({
      kind: "unknown",
      reason: `${OTHER_ACCOUNT} is of another account than the stream of that name here, which is ${HERE}; look with the credentials of ${OTHER_ACCOUNT}`,
    });
  },
);

test("of another number nobody knows whether it is a time: it is that of the stream that is named", async () => {
  expect(await streamsOf().of(OTHER_TIME)).toEqual({
    kind: "unknown",
    reason: `the stream of that name here was created as ${HERE}; ${OTHER_TIME} is an earlier stream of that name, one of another region, or this one under a number of the application's own: then name it with --stream`,
  });
  expect(await streamsOf("clicks").of(OTHER_TIME)).toMatchObject({ kind: "unknown" });
  for (const named of ["orders", ARN]) {
    const { asked, of } = streamsOf(named);
    expect(await of(OTHER_TIME)).toEqual({ kind: "found", stream: parseStreamRef(named) });
    expect(asked).toEqual([named]);
  }
});

test("another number is of another stream where the one that is here has leases of its own", async () => {
  for (const named of [undefined, "orders"]) {
    expect(await streamsOf(named, [HERE, OTHER_TIME]).of(OTHER_TIME)).toEqual({
      kind: "unknown",
      reason: `${OTHER_TIME} was there before ${HERE}, or is of another region: the table has leases of both`,
    });
  }
});

test("of several other numbers none is taken for that of the stream that is here, named or not", async () => {
  const another = "123456789012:orders:8";
  for (const named of [undefined, "orders", ARN]) {
    const { of } = streamsOf(named, [OTHER_TIME, another]);
    for (const streamName of [OTHER_TIME, another]) {
      expect(await of(streamName)).toEqual({
        kind: "unknown",
        reason: `the stream of that name here was created as ${HERE}; the table has leases of ${streamName} and of other numbers, and which of them is this stream, if any, cannot be told`,
      });
    }
  }
});

test("another number is that of the stream that is named beside leases of other names and accounts", async () => {
  const others = ["123456789012:orders-eu:8", "999999999999:orders:8"];
  const { of } = streamsOf("orders", [OTHER_TIME, ...others]);
  expect(await of(OTHER_TIME)).toEqual({ kind: "found", stream: { name: "orders" } });
});
