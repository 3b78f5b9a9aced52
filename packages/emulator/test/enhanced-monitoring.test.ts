import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";

const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const ALL = [
  "IncomingBytes",
  "IncomingRecords",
  "OutgoingBytes",
  "OutgoingRecords",
  "WriteProvisionedThroughputExceeded",
  "ReadProvisionedThroughputExceeded",
  "IteratorAgeMilliseconds",
];

async function metricsOf({ call }: TestEmulator): Promise<unknown> {
  type Described = { EnhancedMonitoring: readonly { ShardLevelMetrics: readonly string[] }[] };
  const whole = await call<{ StreamDescription: Described }>("DescribeStream", { StreamARN });
  type Summary = { StreamDescriptionSummary: Described };
  const summary = await call<Summary>("DescribeStreamSummary", { StreamARN });
  const { EnhancedMonitoring } = whole.StreamDescription;
  expect(summary.StreamDescriptionSummary.EnhancedMonitoring).toEqual(EnhancedMonitoring);
  expect(EnhancedMonitoring).toHaveLength(1);
  return EnhancedMonitoring[0]?.ShardLevelMetrics;
}

test("metrics are enabled and disabled, ALL means seven, and answers tell what was and what will be", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const change = async (verb: string, ...named: readonly string[]): Promise<unknown> => {
    const input = { StreamName: "s", ShardLevelMetrics: named };
    const output = await emulator.call(`${verb}EnhancedMonitoring`, input);
    await emulator.clock.advance(1);
    return output;
  };
  const answer = (current: readonly string[], desired: readonly string[]): object => ({
    StreamName: "s",
    StreamARN,
    CurrentShardLevelMetrics: current,
    DesiredShardLevelMetrics: desired,
  });
  const some = ["IncomingRecords", "OutgoingBytes"];
  expect(await metricsOf(emulator)).toEqual([]);
  expect(await change("Enable", "OutgoingBytes", "IncomingRecords", "OutgoingBytes")).toEqual(
    answer([], some),
  );
  expect(await metricsOf(emulator)).toEqual(some);
  expect(await change("Disable", "OutgoingBytes", "IncomingBytes")).toEqual(
    answer(some, ["IncomingRecords"]),
  );
  expect(await change("Enable", "ALL")).toEqual(answer(["IncomingRecords"], ALL));
  expect(await metricsOf(emulator)).toEqual(ALL);
  expect(await change("Disable", "ALL")).toEqual(answer(ALL, []));
  expect(await metricsOf(emulator)).toEqual([]);
});

test("a change is there at the end of UPDATING; where nothing changes the stream stays ACTIVE", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { call, clock, refusal } = emulator;
  const input = { StreamARN, ShardLevelMetrics: ["IncomingBytes"] };
  await call("DisableEnhancedMonitoring", input);
  expect(emulator.emulator.inspect("s")?.status).toBe("ACTIVE");
  await call("EnableEnhancedMonitoring", input);
  expect(await metricsOf(emulator)).toEqual([]);
  for (const verb of ["Enable", "Disable"]) {
    const refused = await refusal(`${verb}EnhancedMonitoring`, input);
    expect(refused.name).toBe("ResourceInUseException");
  }
  await clock.advance(1);
  expect(await metricsOf(emulator)).toEqual(["IncomingBytes"]);
  await call("EnableEnhancedMonitoring", input);
  expect(emulator.emulator.inspect("s")?.status).toBe("ACTIVE");
});

test.each([
  ["none", []],
  ["more than seven", [...ALL, "ALL"]],
  ["one that there is not", ["IncomingBytes", "Incoming"]],
])("%s of the metrics is refused", async (_, ShardLevelMetrics) => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  for (const verb of ["Enable", "Disable"]) {
    const refused = await refusal(`${verb}EnhancedMonitoring`, { StreamARN, ShardLevelMetrics });
    expect(refused.name).toBe("ValidationException");
  }
});
