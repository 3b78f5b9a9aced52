import { KinesisError } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStreamName } from "../../src/lease/lease-key.ts";
import type { ConsumerOptions } from "../../src/options.ts";
import { resolveConsumerOptions } from "../../src/settings.ts";
import { resolveStreams, type StreamSettings } from "../../src/stream/stream-settings.ts";

const ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";

function resolve(options: Partial<ConsumerOptions>) {
  return resolveConsumerOptions({
    application: "billing",
    startAt: "LATEST",
    processBatch: () => undefined,
    ...options,
  });
}

function problemsOf(options: object): readonly string[] {
  try {
    resolve(options as Partial<ConsumerOptions>);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
  }
  throw new Error("the options were not refused");
}

describe("streams", () => {
  test("may be named by name, by ARN and as the KCL names them", () => {
    const list = resolveStreams(["clicks", ARN, "123456789012:visits:1700000000"]);
    expect(list).toMatchObject([
      { label: "clicks", stream: { name: "clicks" }, streamName: undefined },
      {
        label: "orders",
        stream: { name: "orders", arn: ARN, account: "123456789012", region: "eu-west-1" },
      },
      {
        label: "visits",
        stream: { name: "visits", account: "123456789012" },
        streamName: "123456789012:visits:1700000000",
      },
    ]);
  });

  test("may be a list, a function, or either with more to say", () => {
    const list = async () => ["clicks"];
    const short = resolve({ streams: ["clicks"] }).streams;
    expect(short).toMatchObject({ everyMs: 60_000, former: "keep", list: [{ label: "clicks" }] });
    expect(resolve({ streams: list }).streams?.list).toBe(list);
    const former = { deleteAfterMs: 3_600_000 };
    expect(resolve({ streams: { list, everyMs: 5000, former } }).streams).toMatchObject({
      list,
      former,
      everyMs: 5000,
    });
  });

  test("have what the stream's own object says", () => {
    const startAt = new Date(1234);
    const kinesis = { region: "eu-west-1" };
    const [one] = resolveStreams([{ stream: "clicks", label: "c", startAt, kinesis }]);
    expect(one).toEqual({
      stream: { name: "clicks" },
      streamName: undefined,
      label: "c",
      startAt: { type: "AT_TIMESTAMP", timestampMs: 1234 },
      kinesis,
    });
  });

  test("are told in the settings by their labels, and not with what they are read with", () => {
    const kinesis = { credentials: { accessKeyId: "a", secretAccessKey: "hidden" } };
    const { settings } = resolve({ streams: [{ stream: "clicks", kinesis }] });
    expect(settings.streams).toEqual({ labels: ["clicks"], everyMs: 60_000, former: "keep" });
    expect(JSON.stringify(settings)).not.toContain("hidden");
    expect(settings.stream).toBeUndefined();
  });

  test.each<[object, string]>([
    [{ stream: "a", streams: ["b"] }, 'stream must be left out beside streams, got "a"'],
    [{ streams: [] }, "streams names no stream"],
    [{ streams: ["a", "a"] }, "streams.list has a twice; give one of them a label"],
    [
      { streams: ["a/b"] },
      'streams.list[0].stream must be a stream name, a stream ARN or account:name:creationEpochSeconds, got "a/b"',
    ],
    [{ streams: [{}] }, "streams.list[0].stream is required"],
    [
      { streams: [{ stream: "a", label: "x/y" }] },
      'streams.list[0].label must be a text without a slash, got "x/y"',
    ],
    [
      { streams: [{ stream: "a", startsAt: "LATEST" }] },
      "streams.list[0].startsAt is not an option; did you mean startAt?",
    ],
    [{ streams: "a" }, 'streams must be an object, got "a"'],
    [
      { streams: { list: ["a"], former: { deleteAfterMs: 0 } } },
      "streams.former.deleteAfterMs must be a whole number from 60000 to 31536000000, got 0",
    ],
    [
      { streams: ["a"], leases: { assignment: { shardIds: ["x"] } } },
      "leases.assignment names shards, and streams share the names of theirs; with streams name others in each worker instead",
    ],
  ])("%j are refused", (options, problem) => {
    expect(problemsOf(options)).toEqual([problem]);
  });

  test("of any text are refused, or named in words that a lease table can hold", () => {
    const parts = fc.constantFrom("1", "0", ":", "orders", "/", "arn:aws:kinesis:", ".", "\n", " ");
    const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: parts }));
    fc.assert(
      fc.property(anyText, (text) => {
        let settings: StreamSettings | undefined;
        try {
          [settings] = resolveStreams([text]);
        } catch (error) {
          expect(KinesisError.is(error, "INVALID_OPTIONS")).toBe(true);
          return;
        }
        expect(settings?.stream.name).toMatch(/^[a-zA-Z0-9_.-]{1,128}$/);
        if (settings?.streamName === undefined) return;
        expect(settings.streamName).toBe(text);
        expect(parseStreamName(text)?.name).toBe(settings.stream.name);
      }),
    );
  });
});
