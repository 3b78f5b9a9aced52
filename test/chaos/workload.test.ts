import { expect, it } from "vitest";
import { placeOf } from "./place.ts";
import { dataOf, identityOf, Workload } from "./workload.ts";

it("chaos: a record says which it is, and the same seed has the same records", () => {
  const workload = new Workload(5000, 3);
  const again = new Workload(5000, 3);
  expect(again.keys).toEqual(workload.keys);
  for (let index = 0; index < workload.records; index += 1) {
    const identity = workload.recordAt(index);
    expect(identity.key).toBe(workload.keys[index]);
    expect(again.indexOf(identityOf(Buffer.from(dataOf(identity))))).toBe(index);
  }
  expect(() => workload.indexOf({ key: 0, number: 5000 })).toThrow("never put");
});

it("chaos: the records of a key are numbered in the order in which they are put", () => {
  const workload = new Workload(5000, 3);
  const indices = Array.from({ length: 10 }, (_, number) => workload.indexOf({ key: 0, number }));
  expect(indices).toEqual([...indices].sort((a, b) => a - b));
});

it("chaos: places differ by shard, sequence number and number within the aggregate, and survive JSON", () => {
  const here = { shardId: "shard-1", sequenceNumber: "12", subSequenceNumber: 3 };
  const others = [{ shardId: "shard-2" }, { sequenceNumber: "123" }, { subSequenceNumber: 0 }];
  const places = [here, ...others.map((other) => ({ ...here, ...other }))].map(placeOf);
  expect(new Set(places).size).toBe(4);
  expect(JSON.parse(JSON.stringify(places))).toEqual(places);
  expect(placeOf({ ...here })).toBe(places[0]);
});
