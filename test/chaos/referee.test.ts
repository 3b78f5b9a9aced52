import { describe, expect, it } from "vitest";
import { Referee } from "./referee.ts";
import type { StoredRecords } from "./stored-records.ts";
import type { SignedLine, Verdict } from "./verdict.ts";
import { Workload } from "./workload.ts";

const SHARD = "shard-0";
/** Two processes. */
const OLD = {};
const NEW = {};
const workload = new Workload(50_000, 1);
/** Indices of the first ten records of a key that has many, and how the journals of workers name them. */
const [A, B, C, ...REST] = Array.from({ length: 10 }, (_, number) =>
  workload.indexOf({ key: 0, number }),
) as [number, number, number, ...number[]];

/** A copy of a record: its index, and where it stands. */
type Copy = readonly [index: number, place: number];

/** What the stream holds in the end, what producers were told, and what workers said. */
interface Story {
  readonly stored: readonly Copy[];
  /** Those that a KCL drops. */
  readonly notForKcl?: readonly number[];
  readonly acknowledged: readonly Copy[];
  readonly said: readonly SignedLine[];
}

function handled(atMs: number, ...copies: readonly Copy[]): SignedLine {
  const records = copies.flatMap(([index, place]) => {
    const { key, number } = workload.recordAt(index);
    return [key, number, place];
  });
  return { kind: "handled", process: OLD, atMs, shardId: SHARD, records, isPushed: false };
}

function storedOf(copies: readonly Copy[], notForKcl: readonly number[] = []): StoredRecords {
  const identities = copies.map(([index]) => workload.recordAt(index));
  return {
    shardIds: [SHARD],
    shards: new Uint16Array(copies.length),
    places: Float64Array.from(copies, ([, place]) => place),
    keys: Uint32Array.from(identities, ({ key }) => key),
    numbers: Uint32Array.from(identities, ({ number }) => number),
    areForKcl: Uint8Array.from(copies, ([, place]) => (notForKcl.includes(place) ? 0 : 1)),
  };
}

function judge({ acknowledged, notForKcl, said, stored }: Story): Verdict {
  const referee = new Referee(workload);
  for (const line of said) referee.see(line);
  const told = new Float64Array(workload.records).fill(Number.NaN);
  for (const [index, place] of acknowledged) told[index] = place;
  return referee.judge({ stored: storedOf(stored, notForKcl), acknowledged: told });
}

function offencesOf(verdict: Verdict): Record<string, number> {
  const { falseReceipts, lost, outOfOrder, phantoms, skipped, stale } = verdict;
  const all = { falseReceipts, lost, outOfOrder, phantoms, skipped, stale };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, { length }]) => (length > 0 ? [[name, length]] : [])),
  );
}

describe("chaos", () => {
  it("every record once, in order, is what was promised", () => {
    const copies: readonly Copy[] = [A, B, C, ...REST].map((index, at) => [index, 100 + at]);
    const said = [handled(1, ...copies)];
    const verdict = judge({ stored: copies, acknowledged: copies, said });
    expect(offencesOf(verdict)).toEqual({});
    expect(verdict).toMatchObject({ delivered: 10, repeats: 0, redeliveries: 0 });
  });

  it("an acknowledged record that no worker was handed is lost where its key went on without it", () => {
    const copies: readonly Copy[] = [
      [A, 1],
      [B, 2],
      [C, 3],
    ];
    const said = [handled(1, [A, 1]), handled(2, [C, 3])];
    const verdict = judge({ stored: copies, acknowledged: copies, said });
    expect(offencesOf(verdict)).toEqual({ lost: 1 });
    expect(verdict.lost[0]).toMatchObject({
      atMs: 2,
      shardId: SHARD,
      what: "record 1 of key 0 is stored and was never delivered",
    });
  });

  it("an acknowledged record that is not even stored is lost, and its receipt is not true", () => {
    const verdict = judge({ stored: [], acknowledged: [[A, 1]], said: [] });
    expect(offencesOf(verdict)).toEqual({ lost: 1, falseReceipts: 1 });
    expect(verdict.lost[0]?.what).toContain("acknowledged, not stored");
  });

  it("a stored copy that no worker was handed is skipped, though another one was, or nobody was told of it", () => {
    const stored: readonly Copy[] = [
      [A, 1],
      [A, 2],
      [B, 3],
    ];
    const verdict = judge({ stored, acknowledged: [[A, 1]], said: [handled(1, [A, 1])] });
    expect(offencesOf(verdict)).toEqual({ skipped: 2 });
    expect(verdict.unacknowledged).toBe(1);
  });

  it("a record that is not where its producer was told, or where a KCL drops it, makes the receipt untrue", () => {
    const stored: readonly Copy[] = [
      [A, 1],
      [B, 2],
    ];
    const acknowledged: readonly Copy[] = [
      [A, 9],
      [B, 2],
    ];
    const said = [handled(1, ...stored)];
    const verdict = judge({ stored, notForKcl: [2], acknowledged, said });
    expect(offencesOf(verdict)).toEqual({ falseReceipts: 2 });
  });

  it("a record that comes from where it is not is a phantom", () => {
    const stored: readonly Copy[] = [[A, 1]];
    const said = [handled(1, [A, 1]), handled(2, [A, 7])];
    expect(offencesOf(judge({ stored, acknowledged: stored, said }))).toEqual({ phantoms: 1 });
  });

  it("a record that comes for the first time after a later one of its key is out of order", () => {
    const stored: readonly Copy[] = [
      [B, 1],
      [A, 2],
    ];
    const said = [handled(1, [B, 1]), handled(2, [A, 2])];
    const verdict = judge({ stored, acknowledged: stored, said });
    expect(offencesOf(verdict)).toEqual({ outOfOrder: 1 });
    expect(verdict.outOfOrder[0]?.shardId).toBe(SHARD);
  });

  it("what nobody was told to be stored may be in any order", () => {
    const stored: readonly Copy[] = [
      [B, 1],
      [A, 2],
    ];
    const said = [handled(1, [B, 1]), handled(2, [A, 2])];
    expect(offencesOf(judge({ stored, acknowledged: [[B, 1]], said }))).toEqual({});
  });

  it("records that are stored again, and records that are delivered again, are counted apart, and no disorder", () => {
    const stored: readonly Copy[] = [
      [A, 1],
      [B, 2],
      [A, 3],
    ];
    const acknowledged: readonly Copy[] = [
      [A, 1],
      [B, 2],
    ];
    const said = [handled(1, ...stored), handled(2, [A, 1], [B, 2], [A, 3])];
    const verdict = judge({ stored, acknowledged, said });
    expect(offencesOf(verdict)).toEqual({});
    expect(verdict).toMatchObject({ delivered: 2, repeats: 1, redeliveries: 3 });
  });

  it("journals are judged by their times, not by the order in which they are heard", () => {
    const stored: readonly Copy[] = [
      [A, 1],
      [B, 2],
    ];
    const said = [handled(2, [B, 2]), handled(1, [A, 1])];
    expect(offencesOf(judge({ stored, acknowledged: stored, said }))).toEqual({});
  });

  it("a worker that begins a batch after another has the lease is told, also just as it was stopped", () => {
    const began = (atMs: number, epoch: number): SignedLine => {
      return { kind: "began", process: OLD, atMs, shardId: SHARD, epoch };
    };
    const taken: SignedLine = {
      kind: "taken",
      process: NEW,
      atMs: 2,
      shardId: SHARD,
      epoch: 5,
      from: undefined,
    };
    const nothing = { stored: [], acknowledged: [] };
    const { stale } = judge({
      ...nothing,
      said: [began(1, 4), taken, began(3, 4), began(4, 4)],
    });
    expect(stale.map(({ atMs }) => atMs)).toEqual([3, 4]);
    expect(judge({ ...nothing, said: [began(1, 4), taken, began(3, 5)] }).stale).toEqual([]);
  });

  it("what is missing is what is stored and was not delivered so far", () => {
    const referee = new Referee(workload);
    const stored = storedOf([
      [A, 1],
      [A, 2],
    ]);
    expect(referee.missing(stored)).toBe(2);
    referee.see(handled(1, [A, 2]));
    expect(referee.missing(stored)).toBe(1);
    expect(referee.places).toBe(1);
  });
});
