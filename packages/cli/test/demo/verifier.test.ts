import { expect, test } from "vitest";
import { type DemoInput, dataOf } from "../../src/demo/input.ts";
import type { DeliveredRecord } from "../../src/demo/messages.ts";
import { Verifier } from "../../src/demo/verifier.ts";

const keys = ["a", "b", "a", "b", "a"];
const input: DemoInput = {
  name: "lines",
  lines: keys.map((key, i) => Buffer.from(`${key} line ${i}`)),
  keys,
};

function delivered(index: number, subSequenceNumber = 0): DeliveredRecord {
  return { data: dataOf(input, index), sequenceNumber: `${100 + index}`, subSequenceNumber };
}

function verifier(): { readonly verifier: Verifier; readonly out: string[] } {
  const out: string[] = [];
  return { verifier: new Verifier(input, (line) => out.push(line.toString())), out };
}

test("keys may overtake each other", () => {
  const { out, verifier: found } = verifier();
  found.see(
    "w",
    "s",
    [1, 0, 3, 2, 4].map((i) => delivered(i)),
  );
  expect(found.findings).toEqual({ unique: 5, duplicates: 0, outOfOrder: 0, givenUp: 0 });
  expect(out).toEqual(["b line 1", "a line 0", "b line 3", "a line 2", "a line 4"]);
});

test("the lines of a key may not", () => {
  const { verifier: found } = verifier();
  found.see(
    "w",
    "s",
    [4, 0, 2].map((i) => delivered(i)),
  );
  expect(found.findings).toEqual({ unique: 3, duplicates: 0, outOfOrder: 2, givenUp: 0 });
});

test("what comes again counts as a duplicate, is written once, and is never out of order", () => {
  const { out, verifier: found } = verifier();
  found.see(
    "w",
    "s",
    [0, 2].map((i) => delivered(i)),
  );
  found.see(
    "v",
    "s",
    [0, 2, 4].map((i) => delivered(i)),
  );
  expect(found.findings).toEqual({ unique: 3, duplicates: 2, outOfOrder: 0, givenUp: 0 });
  expect(out).toHaveLength(3);
});

test("what a worker was handed beyond a position is counted for it and the shard alone", () => {
  const { verifier: found } = verifier();
  found.see("w", "s", [delivered(0), delivered(2, 0), delivered(2, 1), delivered(4)]);
  found.see("w", "t", [delivered(1)]);
  found.see("v", "s", [delivered(4)]);
  const checkpoint = { sequenceNumber: "102", subSequenceNumber: 0 };
  expect(found.handedBeyond("w", "s", checkpoint)).toBe(2);
  expect(found.handedBeyond("w", "t", checkpoint)).toBe(0);
  expect(found.handedBeyond("x", "s", checkpoint)).toBe(0);
});

test("a line that was given up counts once, and not if it came out as well", () => {
  const { out, verifier: found } = verifier();
  found.giveUp(dataOf(input, 0));
  found.giveUp(dataOf(input, 0));
  found.see("w", "s", [delivered(2)]);
  found.giveUp(dataOf(input, 2));
  expect(found.findings).toEqual({ unique: 1, duplicates: 0, outOfOrder: 0, givenUp: 1 });
  found.see("w", "s", [delivered(0)]);
  expect(found.findings.givenUp).toBe(0);
  expect(out).toEqual(["a line 2", "a line 0"]);
});
