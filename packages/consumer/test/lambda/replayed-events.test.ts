// A stream of events as Lambda sends it: what a function reports is sent again, from there on, until all is done.
import type { KinesisRecord } from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchHandler } from "../../src/batch/handler.ts";
import { aggregateRecord, placeOf, plainRecord } from "../support/kinesis-records.ts";
import { eventOf, failuresOf, invoke } from "../support/lambda.ts";

/** How many user records each Kinesis record holds; 1 for a plain one. */
const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 });
/** Which tries fail, one after the other; afterwards all succeed. */
const luck = fc.array(fc.constantFrom("returns", "throws", "names", "hangs"), { maxLength: 30 });

test("whatever fails, every record is handled, first handled in the order of the shard, and nothing twice that a report does not cover", async () => {
  await fc.assert(
    fc.asyncProperty(
      sizes,
      luck,
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      async (held, fates, maxRecords, bisect) => {
        const stream = held.map((size, i) => recordOf(i + 1, size));
        const handled: string[] = [];
        const handler = fateful([...fates], handled);
        const options = { batch: { maxRecords }, onFailure: { bisect, maxAttempts: 2 } };
        let from = 0;
        for (let invocations = 0; from < stream.length; invocations += 1) {
          expect(invocations).toBeLessThanOrEqual(fates.length + 1);
          const event = eventOf(stream.slice(from));
          const { answer, clock } = invoke(event, handler, options, 60_000);
          await clock.advance(60_000);
          const [lowest] = failuresOf(answer.value());
          const next = stream.findIndex(({ sequenceNumber }) => sequenceNumber === lowest);
          const done = next < 0 ? stream.length : next;
          expect(done).toBeGreaterThanOrEqual(from);
          // What is not reported has been handled to its last record.
          const doneRecords = placesOf(stream.slice(0, done), held);
          expect(doneRecords.filter((place) => !handled.includes(place))).toEqual([]);
          from = done;
        }
        const firsts = [...new Set(handled)];
        expect(firsts).toEqual(placesOf(stream, held));
      },
    ),
    { numRuns: 150 },
  );
});

/** Does with each try what is drawn for it. */
function fateful(
  fates: ("returns" | "throws" | "names" | "hangs")[],
  handled: string[],
): BatchHandler {
  return async ({ records }, { signal }) => {
    const fate = fates.shift() ?? "returns";
    if (fate === "throws") throw new Error("drawn");
    if (fate === "hangs") {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      return undefined;
    }
    const done = fate === "names" ? Math.floor(records.length / 2) : records.length;
    handled.push(...records.slice(0, done).map(placeOf));
    const failedAt = records[done];
    return failedAt === undefined ? undefined : { failedAt };
  };
}

function recordOf(n: number, size: number): KinesisRecord {
  if (size === 1) return plainRecord(n, textAt(n, 0));
  return aggregateRecord(
    n,
    Array.from({ length: size }, (_, i) => ({ text: textAt(n, i) })),
  );
}

function placesOf(records: readonly KinesisRecord[], held: readonly number[]): string[] {
  return records.flatMap(({ sequenceNumber }) => {
    const n = Number(sequenceNumber);
    return Array.from({ length: held[n - 1] ?? 0 }, (_, i) => `${n}/${i} ${textAt(n, i)}`);
  });
}

function textAt(n: number, i: number): string {
  return `record ${n}.${i}`;
}
