// What describes a record on its way in is used again for the next: nobody must see one record for another.
import type { UserRecord } from "@shardline/core";
import { expect, it } from "vitest";
import type { Receipt } from "../src/record/receipt.ts";
import { slow } from "./support/failures.ts";
import { newRig } from "./support/rig.ts";

it("A-backpressure: records that wait for room are stored as they were put, however many pass before and after", async () => {
  const rig = newRig({
    buffer: { maxRecords: 3 },
    batch: { maxDelayMs: 0 },
    between: ({ clock }) => ({ putRecords: slow(clock, 100) }),
  });
  await rig.clock.advance(0);
  const sizes = Array.from({ length: 20 }, (_, i) => i);
  const puts = sizes.map((i) =>
    rig.producer.put({
      partitionKey: `key-${i % 4}`,
      data: i % 2 === 0 ? `data-${i}` : Buffer.from(`data-${i}`),
      ...(i % 3 === 0 ? { explicitHashKey: String(i) } : {}),
      ...(i % 5 === 0 ? {} : { context: i }),
    }),
  );
  await rig.clock.advance(2000);
  const contexts = (await Promise.all(puts)).map(({ context }) => context);
  expect(contexts).toEqual(sizes.map((i) => (i % 5 === 0 ? undefined : i)));
  expect(rig.read().map(({ data, partitionKey }) => ({ data, partitionKey }))).toEqual(
    sizes.map((i) => ({ data: `data-${i}`, partitionKey: `key-${i % 4}` })),
  );
});

it("a record whose fields put other records as they are read is stored as it is, and so are they", async () => {
  const rig = newRig();
  const inner: Promise<Receipt>[] = [];
  const putting = <Value>(field: string, value: Value): Value => {
    inner.push(rig.producer.put({ partitionKey: `in-${field}`, data: field, context: field }));
    return value;
  };
  const record: UserRecord = {
    get partitionKey() {
      return putting("partitionKey", "outer");
    },
    get data() {
      return putting("data", "outer data");
    },
    get context() {
      return putting("context", "outer context");
    },
  };
  const before = rig.producer.put({ partitionKey: "before", data: "" });
  const outer = rig.producer.put(record);
  await rig.clock.advance(1000);
  await before;
  expect((await outer).context).toBe("outer context");
  const fields = (await Promise.all(inner)).map(({ context }) => context);
  expect(new Set(fields)).toEqual(new Set(["partitionKey", "data", "context"]));
  const read = rig.read().map(({ data, partitionKey }) => `${partitionKey}: ${data}`);
  expect(read.filter((each) => each.startsWith("outer"))).toEqual(["outer: outer data"]);
  expect(read.filter((each) => each.startsWith("in-"))).toEqual(
    fields.map((field) => `in-${String(field)}: ${String(field)}`),
  );
});
