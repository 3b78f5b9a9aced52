// Snapshots whose checksums are right and whose content makes no sense: whoever hands one in is told what is wrong, and
// nothing is changed.
import { startEmulator } from "@shardline/emulator";
import { describe, expect, test } from "vitest";
import { type Json, rewrite } from "../support/altered-snapshot.ts";
import { contentOf, newKept, putTexts } from "../support/kept.ts";

/** A snapshot of a stream that is about to change its settings, with one of its changes altered. */
async function altered(kind: string, alter: (change: Json) => void): Promise<Uint8Array> {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 1 } });
  await putTexts(emulator, ["a"]);
  await emulator.call("EnableEnhancedMonitoring", {
    StreamName: "s",
    ShardLevelMetrics: ["IncomingBytes"],
  });
  return rewrite(emulator.snapshot(), (change) => {
    if (change["kind"] === kind) alter(change);
  });
}

const imageOf = (change: Json): Json => change["image"] as Json;
const settingsOf = (change: Json): Json => imageOf(change)["settings"] as Json;

async function refusalOf(snapshot: Uint8Array): Promise<unknown> {
  await using emulator = await startEmulator({ streams: { mine: 2 } });
  const before = contentOf(emulator, "mine");
  const refusal = await emulator.restore(snapshot).catch((error: unknown) => error);
  expect(contentOf(emulator, "mine")).toEqual(before);
  return refusal;
}

describe("what a stream is said to be set to", () => {
  const wrong: readonly [name: string, value: unknown][] = [
    ["mode", "SOMETIMES"],
    ["retentionHours", -1],
    ["retentionHours", "24"],
    ["retentionHours", 8761],
    ["maxRecordBytes", 1e12],
    ["distribution", null],
    ["encryption", { type: "KMS" }],
    ["encryption", { type: "ROT13", keyId: "alias/a" }],
    ["encryption", "KMS"],
    ["shardLevelMetrics", ["Temperature"]],
    ["shardLevelMetrics", "ALL"],
    ["warmThroughputMiBps", 1e9],
    ["colour", "red"],
  ];

  test.each(wrong)("is refused where %s is %j", async (name, value) => {
    const snapshot = await altered("stream", (change) => {
      settingsOf(change)[name] = value;
    });
    expect(await refusalOf(snapshot)).toMatchObject({
      code: "PERSISTENCE_FAILED",
      message: expect.stringContaining(`image.settings.${name}`) as string,
    });
  });

  test.each(wrong)("is refused where %s is to become %j", async (name, value) => {
    const snapshot = await altered("stream", (change) => {
      imageOf(change)["change"] = { kind: "settings", settings: { [name]: value } };
    });
    expect(await refusalOf(snapshot)).toMatchObject({
      code: "PERSISTENCE_FAILED",
      message: expect.stringContaining(`image.change.settings.${name}`) as string,
    });
  });

  test("is what it is by default where an older emulator did not know it", async () => {
    const snapshot = await altered("stream", (change) => {
      delete settingsOf(change)["shardLevelMetrics"];
    });
    await using emulator = await startEmulator();
    await emulator.restore(snapshot);
    expect(await emulator.call("DescribeStreamSummary", { StreamName: "s" })).toMatchObject({
      StreamDescriptionSummary: { EnhancedMonitoring: [{ ShardLevelMetrics: [] }] },
    });
  });

  test("changes at the end of UPDATING where it was to change, and nowhere else", async () => {
    const snapshot = await altered("stream", () => {});
    await using emulator = await startEmulator({ transitions: { updateMs: 1 } });
    await emulator.restore(snapshot);
    await expect
      .poll(() => emulator.call("DescribeStreamSummary", { StreamName: "s" }))
      .toMatchObject({
        StreamDescriptionSummary: {
          RetentionPeriodHours: 24,
          EnhancedMonitoring: [{ ShardLevelMetrics: ["IncomingBytes"] }],
        },
      });
  });
});

test.each([
  ["commitment", { status: "ENABLED" }],
  ["commitment", { status: "PERHAPS", startedAtMs: 1 }],
  ["commitment", null],
])("an account whose %s is %j is refused", async (name, value) => {
  const snapshot = await altered("namespace", (change) => {
    imageOf(change)[name] = value;
  });
  expect(await refusalOf(snapshot)).toMatchObject({
    code: "PERSISTENCE_FAILED",
    message: expect.stringContaining(`image.${name}`) as string,
  });
});

test.each([
  ["shardCount", 1e15],
  ["shardCount", 0],
  ["resourcePolicy", 7],
  ["name", "no name at all"],
])("a stream whose %s is %j is refused", async (name, value) => {
  const snapshot = await altered("stream", (change) => {
    imageOf(change)[name] = value;
  });
  expect(await refusalOf(snapshot)).toMatchObject({
    code: "PERSISTENCE_FAILED",
    message: expect.stringContaining(`image.${name}`) as string,
  });
});
