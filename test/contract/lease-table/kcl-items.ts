// The KCL's items as we see them, and ours as the KCL does, as tests over any table in DynamoDB. Ids: the acceptance tests
// of the lease table.
import {
  type AttributeValue,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { LeaseMove } from "@shardline/consumer";
import { describe, expect, test } from "vitest";
import { readAsKcl } from "../../../packages/consumer/test/support/kcl-item-reader.ts";
import { ANY_SIGNAL, leaseWithKey, type OpenDynamoDbTable } from "./tables.ts";

const signal = ANY_SIGNAL;
const consistent = { consistent: true };
export type Item = Record<string, AttributeValue>;

/** DynamoDB as somebody else uses it. */
export class Neighbour {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor({ client, tableName }: Pick<OpenDynamoDbTable, "client" | "tableName">) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async put(item: Item): Promise<void> {
    await this.#client.send(new PutItemCommand({ TableName: this.#tableName, Item: item }));
  }

  async items(): Promise<Item[]> {
    const { Items } = await this.#client.send(new ScanCommand({ TableName: this.#tableName }));
    return Items ?? [];
  }
}

/** As a worker of the KCL 2.x writes it. */
const WRITTEN_BY_KCL: Item = {
  leaseKey: { S: "shardId-000000000002" },
  leaseOwner: { S: "java-worker" },
  leaseCounter: { N: "41" },
  ownerSwitchesSinceCheckpoint: { N: "1" },
  checkpoint: { S: "49590338271490256608559692538361571095921575989136588898" },
  checkpointSubSequenceNumber: { N: "3" },
  parentShardId: { SS: ["shardId-000000000000", "shardId-000000000001"] },
  childShardIds: { SS: ["shardId-000000000003"] },
  startingHashKey: { S: "0" },
  endingHashKey: { S: "340282366920938463463374607431768211455" },
};

function without(...names: readonly string[]): Item {
  const entries = Object.entries(WRITTEN_BY_KCL).filter(([name]) => !names.includes(name));
  return Object.fromEntries(entries);
}

/** Declares the tests; each opens a table of its own. */
export function describeKclItems(open: () => Promise<OpenDynamoDbTable>): void {
  describe("items of the KCL", () => {
    test("java-readable: what the KCL wrote, we read, field by field", async () => {
      await using opened = await open();
      const neighbour = new Neighbour(opened);
      await neighbour.put(WRITTEN_BY_KCL);
      expect((await opened.table.list(signal)).leases).toEqual([
        leaseWithKey("shardId-000000000002", {
          owner: "java-worker",
          counter: 41,
          ownerSwitches: 1,
          checkpoint: {
            sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
            subSequenceNumber: 3,
          },
          parentShardIds: ["shardId-000000000000", "shardId-000000000001"],
          childShardIds: ["shardId-000000000003"],
          hashKeyRange: { start: 0n, end: (1n << 128n) - 1n },
        }),
      ]);
    });

    test("java-written-1x: an item without children, hash range or parents is a lease", async () => {
      await using opened = await open();
      const neighbour = new Neighbour(opened);
      await neighbour.put(
        without("childShardIds", "parentShardId", "startingHashKey", "endingHashKey"),
      );
      const [lease] = (await opened.table.list(signal)).leases;
      expect(lease).toMatchObject({ counter: 41, parentShardIds: [], childShardIds: [] });
      expect(lease).not.toHaveProperty("hashKeyRange");
    });

    test.each([
      "STREAM",
      "LEADER",
      "CLIENT_VERSION_MIGRATION",
      "TABLE_MIGRATION",
      "WORKER_METRIC_STATS",
    ])("foreign-items: a %s is no lease, and is left alone", async (entityType) => {
      await using opened = await open();
      const neighbour = new Neighbour(opened);
      const foreign = {
        ...WRITTEN_BY_KCL,
        leaseKey: { S: "other" },
        entityType: { S: entityType },
      };
      await neighbour.put(foreign);
      await neighbour.put({ ...WRITTEN_BY_KCL, entityType: { S: "LEASE" } });
      const listing = await opened.table.list(signal);
      expect(listing.leases.map(({ key }) => key)).toEqual(["shardId-000000000002"]);
      expect(listing.unreadable).toEqual([]);
      expect(listing.foreign).toMatchObject([
        { key: "other", entityType, attributes: { leaseCounter: "41", leaseOwner: "java-worker" } },
      ]);
      const problem = `entityType is ${entityType}`;
      expect(await opened.table.get("other", consistent, signal)).toEqual({
        kind: "unreadable",
        problem,
      });
      expect(await neighbour.items()).toContainEqual(foreign);
    });

    test("foreign-items: a write that names one changes nothing", async () => {
      await using opened = await open();
      const neighbour = new Neighbour(opened);
      const leader = { ...WRITTEN_BY_KCL, leaseKey: { S: "Leader" }, entityType: { S: "LEADER" } };
      await neighbour.put(leader);
      const move: LeaseMove = { expect: {}, patch: { counter: 42 } };
      expect(await opened.table.update("Leader", move, signal)).toEqual({ kind: "conflict" });
      expect(await opened.table.delete("Leader", { counter: 41 }, signal)).toBe(false);
      expect(await neighbour.items()).toEqual([leader]);
    });

    test.each<[string, Item]>([
      ["leaseCounter is missing", without("leaseCounter")],
      ["leaseCounter is not a whole number", { ...WRITTEN_BY_KCL, leaseCounter: { S: "41" } }],
      ["ownerSwitchesSinceCheckpoint is missing", without("ownerSwitchesSinceCheckpoint")],
      ["checkpoint is not a position", { ...WRITTEN_BY_KCL, checkpoint: { S: "yesterday" } }],
      ["parentShardId is not a set of texts", { ...WRITTEN_BY_KCL, parentShardId: { S: "0" } }],
    ])(
      "corrupt-item: one whose %s does not keep the others from being read",
      async (problem, item) => {
        await using opened = await open();
        const neighbour = new Neighbour(opened);
        await neighbour.put({ ...item, leaseKey: { S: "corrupt" } });
        await neighbour.put(WRITTEN_BY_KCL);
        const { leases, unreadable } = await opened.table.list(signal);
        expect(leases.map(({ key }) => key)).toEqual(["shardId-000000000002"]);
        expect(unreadable).toEqual([{ key: "corrupt", problem }]);
        // Not gone: who waits for it to end goes on waiting.
        expect(await opened.table.get("corrupt", consistent, signal)).toEqual({
          kind: "unreadable",
          problem,
        });
        expect(await opened.table.create(leaseWithKey("corrupt"), signal)).toBe(false);
      },
    );

    test("unknown-attribute: what others keep in a lease outlives every move of ours", async () => {
      await using opened = await open();
      const neighbour = new Neighbour(opened);
      const extra = { throughputKBps: { N: "12.5" }, note: { M: { by: { S: "a person" } } } };
      await neighbour.put({ ...WRITTEN_BY_KCL, ...extra });
      const move: LeaseMove = {
        expect: { counter: 41 },
        patch: {
          counter: 42,
          owner: null,
          checkpoint: { sequenceNumber: "SHARD_END", subSequenceNumber: 0 },
        },
      };
      await opened.table.update("shardId-000000000002", move, signal);
      const [item] = await neighbour.items();
      expect(item).toMatchObject(extra);
      expect(item).not.toHaveProperty("leaseOwner");
      expect(readAsKcl(item as Item).checkpoint.sequenceNumber).toBe("SHARD_END");
    });

    test("a prepared checkpoint goes with the next checkpoint, and only with that", async () => {
      await using opened = await open();
      const neighbour = new Neighbour(opened);
      const pending = {
        pendingCheckpoint: { S: "49590338271490256608559692538361571095921575989136588899" },
        pendingCheckpointSubSequenceNumber: { N: "0" },
        pendingCheckpointState: { B: Uint8Array.of(1, 2, 3) },
      };
      await neighbour.put({ ...WRITTEN_BY_KCL, ...pending });
      const renewal: LeaseMove = { expect: { counter: 41 }, patch: { counter: 42 } };
      await opened.table.update("shardId-000000000002", renewal, signal);
      expect((await neighbour.items())[0]).toMatchObject(pending);
      const checkpoint = { sequenceNumber: "SHARD_END", subSequenceNumber: 0 };
      const move: LeaseMove = { expect: { counter: 42 }, patch: { counter: 43, checkpoint } };
      await opened.table.update("shardId-000000000002", move, signal);
      const names = Object.keys((await neighbour.items())[0] as Item);
      expect(names.filter((name) => name.startsWith("pending"))).toEqual([]);
    });
  });
}
