// That a KCL 2.x which cannot read an item of the lease table is caught by what it logs: all other tests of this folder
// expect that it logs nothing of the kind.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { makeFirstLease } from "./first-leases.ts";
import { Relay } from "./relay.ts";
import { Stage } from "./stage.ts";

type Item = Readonly<Record<string, AttributeValue>>;

const SECOND_SHARD = "shardId-000000000001";
/** The lease of the second shard, as the KCL makes it. */
const SOUND: Item = {
  leaseCounter: { N: "0" },
  checkpoint: { S: "TRIM_HORIZON" },
  checkpointSubSequenceNumber: { N: "0" },
  ownerSwitchesSinceCheckpoint: { N: "0" },
  startingHashKey: { S: `${2n ** 127n}` },
  endingHashKey: { S: `${2n ** 128n - 1n}` },
};
const { ownerSwitchesSinceCheckpoint: _, ...UNSWITCHED } = SOUND;

/** By the names of their lease tables. */
const BROKEN: Readonly<Record<string, Item>> = {
  "counter-as-text": { ...SOUND, leaseCounter: { S: "0" } },
  "hash-key-no-number": { ...SOUND, startingHashKey: { S: "abc" } },
  "checkpoint-no-number": { ...SOUND, checkpoint: { S: "abc" } },
  "no-owner-switches": UNSWITCHED,
};

test("the log of a KCL that meets an item which it cannot read tells of it: no number, none at all, or of another type", async () => {
  const stage = await Stage.start(2);
  // One after the other: each starts a virtual machine.
  for (const [application, item] of Object.entries(BROKEN)) {
    const relay = new Relay(application, stage, stage.emulator.clientConfig("dynamodb"));
    await makeFirstLease(stage.emulator, application);
    const { side } = relay.startKcl({});
    const patience = { withinMs: 60_000, telling: () => `${application}: ${side.log}` };
    await eventually(() => side.incidents.some(({ kind }) => kind === "start"), patience);
    expect(side.unreadable, application).toEqual([]);
    await relay.set(SECOND_SHARD, item);
    await eventually(() => side.unreadable.length > 0, patience);
    await side.kill();
  }
});
