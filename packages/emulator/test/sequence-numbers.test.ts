import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatSequenceNumber,
  LAST_INDEX,
  parseSequenceNumber,
  type SequenceNumber,
} from "../src/stream/sequence-numbers.ts";
import { SequenceRun } from "../src/stream/sequence-run.ts";

const seconds = (iso: string): number => Date.parse(iso) / 1000;

// A record of AWS's sample event for Lambda, beside which shard 6 and the arrival 1545084650.987 stand
// (https://docs.aws.amazon.com/powertools/typescript/2.16.0/api/types/_aws-lambda-powertools_parser.types.KinesisDataStreamEvent.html);
// the first number of a shard, from the tutorial of the CLI
// (https://docs.aws.amazon.com/streams/latest/dev/fundamental-stream.html); and a record of 2017. Read 2026-11-21.
test.each<[string, SequenceNumber]>([
  [
    "49590338271490256608559692538361571095921575989136588898",
    {
      createdSeconds: seconds("2018-11-21T04:57:38Z"),
      shardIndex: 6,
      index: 1_734_642_199n,
      putSeconds: 1_545_084_650,
    },
  ],
  [
    "49546986683135544286507457935754639466300920667981217794",
    {
      createdSeconds: seconds("2015-01-14T23:47:10Z"),
      shardIndex: 0,
      index: 0n,
      putSeconds: seconds("2015-01-14T23:47:10Z"),
    },
  ],
  [
    "49570154343577991434159135485979649237735405726566711298",
    {
      createdSeconds: seconds("2017-02-04T11:47:24Z"),
      shardIndex: 0,
      index: 6_226_556_856n,
      putSeconds: seconds("2017-04-26T15:28:49Z"),
    },
  ],
])("T14: the published number %s decodes to its shard, times and index", (decimal, parts) => {
  expect(parseSequenceNumber(decimal)).toEqual(parts);
  expect(formatSequenceNumber(parts)).toBe(decimal);
});

test("numbers of older versions, and what is no number of the layout, are not read", () => {
  const number = "49590338271490256608559692538361571095921575989136588898";
  const others = [
    "0",
    "1",
    // Published too, but of version 1.
    "49545115243490985018280067714973144582180062593244200961",
    `${number}0`,
    number.replace(/8$/, "9"),
    // The low bits of the shard stand in two places and must agree.
    (BigInt(number) + (1n << 144n)).toString(),
    // The byte between index and time is zero.
    (BigInt(number) + (1n << 72n)).toString(),
  ];
  expect(others.map(parseSequenceNumber)).toEqual(others.map(() => undefined));
});

const partsOf = fc.record<SequenceNumber>({
  createdSeconds: fc.integer({ min: 0, max: 2 ** 33 }),
  shardIndex: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  index: fc.bigInt({ min: 0n, max: LAST_INDEX }),
  putSeconds: fc.integer({ min: 0, max: 2 ** 33 }),
});

test("every number has 56 digits and reads back as it was written", () => {
  fc.assert(
    fc.property(partsOf, (parts) => {
      const decimal = formatSequenceNumber(parts);
      expect(decimal).toMatch(/^\d{56}$/);
      expect(parseSequenceNumber(decimal)).toEqual(parts);
    }),
  );
});

test("within a shard the index decides the order, whatever the clock said", () => {
  fc.assert(
    fc.property(partsOf, partsOf, (a, b) => {
      const { createdSeconds, shardIndex } = a;
      const other = { ...b, createdSeconds, shardIndex };
      fc.pre(a.index !== other.index);
      expect(formatSequenceNumber(a) < formatSequenceNumber(other)).toBe(a.index < other.index);
    }),
  );
});

test("a run writes the very numbers that the layout gives, in order or not", () => {
  const step = fc.record({
    skip: fc.constantFrom(0, 0, 0, 1, 1000),
    later: fc.constantFrom(0, 0, 1),
  });
  fc.assert(
    fc.property(
      partsOf,
      fc.nat(2 ** 48),
      fc.array(step, { maxLength: 200 }),
      (parts, first, steps) => {
        const { createdSeconds, shardIndex } = parts;
        const run = new SequenceRun(createdSeconds, shardIndex);
        let { putSeconds } = parts;
        let index = first;
        for (const { skip, later } of steps) {
          putSeconds += later;
          index += 1 + skip;
          const whole = { createdSeconds, shardIndex, index: BigInt(index), putSeconds };
          expect(run.at(index, putSeconds)).toBe(formatSequenceNumber(whole));
        }
      },
    ),
  );
});

test("a run carries over into the digits that it does not add to", () => {
  const run = new SequenceRun(1_700_000_000, 3);
  const parts = { createdSeconds: 1_700_000_000, shardIndex: 3, putSeconds: 1_700_000_001 };
  for (let index = 1; index <= 20_000; index += 1) {
    const expected = formatSequenceNumber({ ...parts, index: BigInt(index) });
    if (run.at(index, parts.putSeconds) !== expected) expect.unreachable(`differs at ${index}`);
  }
});
