// What must be true of every record at the end, whatever happened: compares what the producer told with what
// lies in the stream.
import { KinesisError, type Receipt } from "@shardline/producer";
import type { InspectedStream } from "@shardline/emulator";
import { expect } from "vitest";
import { type ReadRecord, readAsKcl, readEverything } from "./kcl-reader.ts";
import type { Outcome } from "./rig.ts";

/** A record that was put; its data is unlike any other's. */
export interface PutRecord {
  readonly partitionKey: string;
  readonly data: string;
  readonly outcome: () => Outcome<Receipt>;
}

/** A receipt is true: that record lies there, and the KCL delivers it. */
export function expectTrueReceipts(
  puts: readonly PutRecord[],
  stream: InspectedStream | undefined,
): void {
  const delivered = new Map(readAsKcl(stream).map((record) => [placeOf(record), record]));
  for (const { data, outcome, partitionKey } of puts) {
    const settled = outcome();
    if (settled.kind !== "resolved") continue;
    expect(delivered.get(placeOf(settled.value))).toMatchObject({ data, partitionKey });
    expect(settled.value.attempts.at(-1)).not.toHaveProperty("failure");
  }
}

/** Each record lies in the stream no more often than its attempts can explain, and not at all if they cannot. */
export function expectExplainedCopies(
  puts: readonly PutRecord[],
  stream: InspectedStream | undefined,
): void {
  const copies = new Map<string, number>();
  for (const { data } of readEverything(stream)) copies.set(data, (copies.get(data) ?? 0) + 1);
  for (const { data, outcome } of puts) {
    const settled = outcome();
    if (settled.kind === "pending") continue;
    if (isOnItsWay(settled)) {
      copies.delete(data);
      continue;
    }
    const { attemptCount, attempts } =
      settled.kind === "resolved" ? settled.value : triesOf(settled.error);
    const explained = attempts.filter(
      ({ failure }) => failure === undefined || failure.isAmbiguous,
    );
    // Each of those that are not listed may have been one that succeeded.
    const most = explained.length + attemptCount - attempts.length;
    expect(copies.get(data) ?? 0, `copies of ${data}`).toBeLessThanOrEqual(most);
    copies.delete(data);
  }
  expect([...copies.keys()]).toEqual([]);
}

/** A reader sees the records of a key for the first time in the order in which they were put. */
export function expectKeyOrder(puts: readonly PutRecord[], records: readonly ReadRecord[]): void {
  const numbers = new Map(puts.map(({ data }, i) => [data, i]));
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (const { data, partitionKey } of records) {
    if (seen.has(data)) continue;
    seen.add(data);
    const number = numbers.get(data) ?? -1;
    expect(number, `${data} of ${partitionKey}`).toBeGreaterThan(last.get(partitionKey) ?? -1);
    last.set(partitionKey, number);
  }
}

/** Its caller left, and its delivery goes on without being told to anybody. */
function isOnItsWay(settled: Outcome<Receipt>): boolean {
  return (
    settled.kind === "rejected" &&
    KinesisError.is(settled.error, "RECORD_ABORTED") &&
    settled.error.details.mayHaveBeenWritten
  );
}

function triesOf(error: KinesisError): Pick<Receipt, "attempts" | "attemptCount"> {
  expect(
    KinesisError.is(error, "RECORD_EXPIRED") ||
      KinesisError.is(error, "RECORD_REJECTED") ||
      KinesisError.is(error, "RECORD_ABORTED") ||
      KinesisError.is(error, "PRODUCER_CLOSED"),
  ).toBe(true);
  const details = (error as KinesisError<"PRODUCER_CLOSED">).details;
  const { attemptCount = 0, attempts = [], mayHaveBeenWritten } = details;
  const isListed = attempts.some(({ failure }) => failure?.isAmbiguous);
  if (isListed || attemptCount === attempts.length) expect(mayHaveBeenWritten).toBe(isListed);
  return { attempts, attemptCount };
}

function placeOf({
  sequenceNumber,
  shardId,
  subSequenceNumber,
}: Omit<ReadRecord, "partitionKey" | "data">): string {
  return `${shardId}/${sequenceNumber}/${subSequenceNumber}`;
}
