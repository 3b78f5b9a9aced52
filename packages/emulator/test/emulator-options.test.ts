import { KinesisError } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { AWS_LIMITS, Emulator, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";

const ports = { clock: new VirtualClock(), random: new SeededRandom(1) };

function problemsOf(options: object): readonly string[] {
  try {
    new Emulator({ ...ports, ...options });
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
    throw error;
  }
  return [];
}

test("an emulator needs no option but its clock and its chance", () => {
  const emulator = new Emulator(ports);
  expect(emulator.caller).toEqual({ accountId: "000000000000", region: "us-east-1" });
});

test("every wrong option is told, unknown ones with the nearest known one", () => {
  expect(
    problemsOf({
      clock: {},
      random: undefined,
      limits: "some",
      accountId: "12",
      region: "EU West",
      transitions: { createMs: -1, updateSeconds: 1 },
      streams: { "a/b": 1, s: 0 },
      stream: "s",
    }),
  ).toEqual([
    "stream is not an option; did you mean streams?",
    "clock must be a Clock, got an object",
    "random is required",
    'limits must be "off", "aws" or an object of limits, got "some"',
    'accountId must be twelve digits, got "12"',
    'region must be the name of a region, such as eu-west-1, got "EU West"',
    expect.stringContaining("transitions.updateSeconds is not an option"),
    "transitions.createMs must be a whole number from 0 to 3600000, got -1",
    "streams.a/b is no stream name",
    "streams.s must be a whole number from 1 to 10000, got 0",
  ]);
  expect(problemsOf({ streams: ["s"] })).toEqual([
    "streams must be an object of stream names and shard counts, got an array",
  ]);
});

test("wrong limits are told one by one", () => {
  expect(
    problemsOf({
      limits: {
        writeRecordsPerSecond: 0,
        readBytesPerSeconds: 1,
        callsPerSecond: { GetRecords: "5", PutRecords: 3, ListShard: 1 },
      },
    }),
  ).toEqual([
    "limits.readBytesPerSeconds is not an option; did you mean readBytesPerSecond?",
    "limits.writeRecordsPerSecond must be a number from 0.001 to 1000000000, got 0",
    "limits.callsPerSecond.PutRecords is not an option; did you mean GetRecords?",
    "limits.callsPerSecond.ListShard is not an option; did you mean ListShards?",
    'limits.callsPerSecond.GetRecords must be a number from 0.001 to 1000000000, got "5"',
  ]);
  expect(problemsOf({ limits: [] })).toEqual([
    'limits must be "off", "aws" or an object of limits, got an array',
  ]);
  expect(problemsOf({ limits: { ...AWS_LIMITS, callsPerSecond: undefined } })).toEqual([]);
});

test("starting a server refuses wrong options before it opens a port", async () => {
  const start = startEmulator({ port: 70_000 });
  await expect(start).rejects.toThrow(
    "startEmulator refused its options: port must be a whole number from 0 to 65535, got 70000",
  );
});
