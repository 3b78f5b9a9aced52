// A reset or a restore that cannot be written leaves the folder as it was, and nothing is accepted behind it.
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { RunningEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { contentOf, type Kept, newKept, putTexts } from "../support/kept.ts";
import { createLeases, dynamoDbClient } from "../support/running.ts";

const REPLACEMENTS: readonly (readonly [string, (one: RunningEmulator) => Promise<void>])[] = [
  ["a restore", async (one) => one.restore(await emptySnapshot())],
  ["a reset", (one) => one.reset()],
];
const REFUSED = /cannot write to .*accepts nothing until it is started again/;

async function emptySnapshot(): Promise<Uint8Array> {
  await using other = newKept();
  return (await other.start({ streams: { other: 1 } })).snapshot();
}

/** An emulator with a record and a lease, whose folder takes no further log. */
async function stuck(kept: Kept): Promise<RunningEmulator> {
  const emulator = await kept.start({ streams: { s: 1 } });
  await putTexts(emulator, ["a", "b"]);
  using client = dynamoDbClient(emulator);
  await createLeases(client);
  await client.send(new PutItemCommand({ TableName: "leases", Item: { leaseKey: { S: "k" } } }));
  mkdirSync(join(kept.folder, "log-1.new"));
  return emulator;
}

test.each(REPLACEMENTS)(
  "%s that cannot be written takes nothing from the folder",
  async (_, replace) => {
    await using kept = newKept();
    const emulator = await stuck(kept);
    const before = contentOf(emulator);
    await expect(replace(emulator)).rejects.toThrow(REFUSED);
    await expect(emulator.close()).rejects.toThrow(REFUSED);
    rmdirSync(join(kept.folder, "log-1.new"));
    const again = await kept.start();
    expect(contentOf(again)).toEqual(before);
    using client = dynamoDbClient(again);
    const { Items } = await client.send(new ScanCommand({ TableName: "leases" }));
    expect(Items).toEqual([{ leaseKey: { S: "k" } }]);
  },
);

test.each(REPLACEMENTS)(
  "a row that is under way when %s fails is not acknowledged",
  async (_, replace) => {
    await using kept = newKept();
    const emulator = await stuck(kept);
    using client = dynamoDbClient(emulator, { requestHandler: emulator.requestHandler() });
    const Item = { leaseKey: { S: "late" } };
    await client.send(new PutItemCommand({ TableName: "leases", Item }));
    const asked = emulator.leaseTableRequests().length;
    const outcome = client.send(new PutItemCommand({ TableName: "leases", Item })).then(
      () => "acknowledged",
      ({ name }: Error) => name,
    );
    while (emulator.leaseTableRequests().length === asked) await Promise.resolve();
    await expect(replace(emulator)).rejects.toThrow(REFUSED);
    expect(await outcome).toBe("InternalServerError");
  },
);

test("an emulator whose folder has failed takes no command", async () => {
  await using kept = newKept();
  const emulator = await stuck(kept);
  const snapshot = emulator.snapshot();
  await expect(emulator.reset()).rejects.toThrow(REFUSED);
  const nowMs = emulator.clock.nowMs();
  await expect(emulator.reset()).rejects.toThrow(REFUSED);
  await expect(emulator.restore(snapshot)).rejects.toThrow(REFUSED);
  expect(() => emulator.clock.advance(1000)).toThrow(REFUSED);
  expect(emulator.clock.nowMs()).toBe(nowMs);
  const commands: readonly (readonly [string, object])[] = [
    ["reset", {}],
    ["reshard", { stream: "s", to: 2 }],
    ["clock", { advanceMs: 1000 }],
    ["records", { stream: "s", records: [{ partitionKey: "k", data: "YQ==" }] }],
  ];
  for (const [name, body] of commands) {
    const answer = await fetch(`${emulator.endpoint}/_emu/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect([name, answer.status]).toEqual([name, 500]);
    expect(await answer.text()).toMatch(REFUSED);
  }
});
