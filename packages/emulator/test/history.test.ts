// Random histories of writes, reshards and reads against the plainest model: what was accepted, shard by
// shard, in order.
import {
  type HashKeyRange,
  type KinesisApi,
  type ListShardsAnswer,
  rangeContains,
  tilesHashSpace,
} from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newEmulator } from "./support/emulator.ts";

type Step =
  | { readonly kind: "put"; readonly keys: readonly bigint[] }
  | { readonly kind: "split"; readonly share: number }
  | { readonly kind: "merge"; readonly share: number }
  | { readonly kind: "read"; readonly share: number; readonly limit: number }
  | { readonly kind: "wait"; readonly ms: number };

const share = fc.nat(99).map((hundredths) => hundredths / 100);
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("put" as const),
        keys: fc.array(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), {
          minLength: 1,
          maxLength: 8,
        }),
      }),
    },
    fc.record({ kind: fc.constant("split" as const), share }),
    fc.record({ kind: fc.constant("merge" as const), share }),
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("read" as const),
        share,
        limit: fc.integer({ min: 1, max: 5 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(40) }) },
  ),
  { maxLength: 60 },
);

/** What users may turn without anything of this being less true. */
const KNOBS = fc.record({
  reshardAt: fc.constantFrom("start" as const, "end" as const),
  sequenceGaps: fc.boolean(),
});
const signal = new AbortController().signal;
const stream = { name: "s" };
const LATEST = { type: "AT_LATEST" } as const;

/** What was accepted: the shard and number of each record by its text. */
type Accepted = Map<string, { readonly shardId: string; readonly sequenceNumber: string }>;

/** Follows one shard to its tip or its end, and answers its children if it has ended. */
async function readShard(
  kinesis: KinesisApi,
  shardId: string,
  limit: number,
  seen: (text: string, sequenceNumber: string) => void,
): Promise<readonly string[]> {
  const start = { stream, shardId, start: { type: "TRIM_HORIZON" } } as const;
  let iterator = await kinesis.getShardIterator(start, signal);
  for (;;) {
    const page = await kinesis.getRecords({ stream, iterator, limit }, signal);
    for (const { data, sequenceNumber } of page.records) {
      seen(Buffer.from(data).toString(), sequenceNumber);
    }
    if (page.next.kind === "shard-end") return page.next.childShards.map((child) => child.shardId);
    if (page.records.length === 0) return [];
    iterator = page.next.iterator;
  }
}

/** Reads every shard once, from the first ones down their lineage. */
async function readAll(
  kinesis: KinesisApi,
  roots: readonly string[],
): Promise<Map<string, string[]>> {
  const read = new Map<string, string[]>();
  const queue = [...roots];
  for (let shardId = queue.shift(); shardId !== undefined; shardId = queue.shift()) {
    if (read.has(shardId)) continue;
    const texts: string[] = [];
    read.set(shardId, texts);
    queue.push(...(await readShard(kinesis, shardId, 3, (text) => texts.push(text))));
  }
  return read;
}

async function openShards(kinesis: KinesisApi): Promise<ListShardsAnswer["shards"]> {
  const { shards } = await kinesis.listShards({ stream, filter: LATEST }, signal);
  expect(
    tilesHashSpace(shards.map(({ hashKeyRange }) => hashKeyRange ?? { start: 0n, end: 0n })),
  ).toBe(true);
  return [...shards].sort((a, b) =>
    (a.hashKeyRange?.start ?? 0n) < (b.hashKeyRange?.start ?? 0n) ? -1 : 1,
  );
}

/** A reshard of a stream that is just being resharded is refused, which is as good as none. */
async function ignoreBusy(call: Promise<void>): Promise<void> {
  await call.catch((error: unknown) => {
    expect(String(error)).toContain("ResourceInUseException");
  });
}

/** Puts records, each of which must land in the shard that is open for its hash key. */
async function putKeys(
  kinesis: KinesisApi,
  keys: readonly bigint[],
  accepted: Accepted,
): Promise<void> {
  const shards = await openShards(kinesis);
  const first = accepted.size;
  const entries = keys.map((key, i) => ({
    partitionKey: "k",
    explicitHashKey: `${key}`,
    data: Buffer.from(`${first + i}`),
  }));
  const { outcomes } = await kinesis.putRecords({ stream, entries }, signal);
  outcomes.forEach((outcome, i) => {
    if (outcome.kind !== "stored") return;
    const place = shards.find(({ hashKeyRange }) =>
      rangeContains(hashKeyRange as HashKeyRange, keys[i] as bigint),
    );
    expect(outcome.shardId).toBe(place?.shardId);
    accepted.set(`${first + i}`, outcome);
  });
}

async function take(kinesis: KinesisApi, step: Step, accepted: Accepted): Promise<void> {
  if (step.kind === "put") {
    await putKeys(kinesis, step.keys, accepted);
    return;
  }
  if (step.kind === "wait") return;
  const shards = await openShards(kinesis);
  const shard = shards[Math.floor(step.share * shards.length)];
  if (shard?.hashKeyRange === undefined) return;
  if (step.kind === "split") {
    const { start, end } = shard.hashKeyRange;
    const newStartingHashKey = (start + end) / 2n;
    if (newStartingHashKey <= start + 1n || newStartingHashKey >= end) return;
    await ignoreBusy(
      kinesis.splitShard({ stream, shardId: shard.shardId, newStartingHashKey }, signal),
    );
  } else if (step.kind === "merge") {
    const adjacent = shards[shards.indexOf(shard) + 1];
    if (adjacent === undefined) return;
    const merge = { stream, shardId: shard.shardId, adjacentShardId: adjacent.shardId };
    await ignoreBusy(kinesis.mergeShards(merge, signal));
  } else {
    const expected = [...accepted].filter(([, { shardId }]) => shardId === shard.shardId);
    const seen: string[] = [];
    await readShard(kinesis, shard.shardId, step.limit, (text) => seen.push(text));
    expect(seen).toEqual(expected.map(([text]) => text));
  }
}

test("every accepted record is read exactly once through the lineage, in the order of its shard", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 3 }),
      KNOBS,
      async (history, count, knobs) => {
        const { emulator, clock } = newEmulator({
          streams: { s: count },
          transitions: { updateMs: 20 },
          ...knobs,
        });
        const kinesis = emulator.kinesis();
        const roots = (await openShards(kinesis)).map(({ shardId }) => shardId);
        const accepted: Accepted = new Map();
        for (const step of history) {
          await take(kinesis, step, accepted);
          if (step.kind === "wait") await clock.advance(step.ms);
        }
        await clock.advance(20);
        const read = await readAll(kinesis, roots);
        const expected = new Map(
          [...read.keys()].map((shardId): [string, string[]] => [shardId, []]),
        );
        for (const [text, { shardId }] of accepted) expected.get(shardId)?.push(text);
        expect(read).toEqual(expected);
        expect([...read.values()].flat()).toHaveLength(accepted.size);
        const numbers = [...accepted.values()].map(({ sequenceNumber }) => sequenceNumber);
        expect(new Set(numbers).size).toBe(accepted.size);
      },
    ),
    { numRuns: 150 },
  );
});
