import { describe, expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { StreamsGivenUp } from "./streams-given-up.ts";
import { entry, show } from "./shown.ts";

const [STAYS, GOES] = ["1:a:1:", "1:b:1:"];
const told = (atMs: number, named: readonly string[], unnamed: readonly string[], process = "w") =>
  entry("streams", { atMs, process, named, unnamed });
const delivered = (
  atMs: number,
  shardId: string,
  process = "w",
  fields: Partial<EntryOf<"delivered">> = {},
) => entry("delivered", { atMs, shardId, process, ...fields });
const renewed = (atMs: number, key: string) =>
  entry("asked", {
    atMs,
    process: "w",
    key,
    move: { expect: { owner: "w" }, patch: { counter: 2 } },
  });

function without(isFinished = false): StreamsGivenUp {
  const checker = new StreamsGivenUp(isFinished);
  show(checker, told(0, [STAYS, GOES], []), told(1000, [STAYS], [GOES]));
  return checker;
}

test("nothing of a stream is delivered once the worker was told to read it no more", () => {
  const checker = without();
  expect(() => show(checker, delivered(6000, `${GOES}s`))).not.toThrow();
  expect(() => show(checker, delivered(60_000, `${STAYS}s`))).not.toThrow();
  expect(() => show(checker, delivered(60_000, `${GOES}s`, "v"))).not.toThrow();
  expect(() => show(checker, delivered(6001, `${GOES}s`))).toThrow(
    "streams are given up: w delivers from 1:b:1:s, 5.0 s after it was told to read it no more",
  );
});

test("no lease of it is renewed when its handlers have had their time", () => {
  const checker = without();
  expect(() =>
    show(checker, renewed(32_500, `${GOES}s`), renewed(90_000, `${STAYS}s`)),
  ).not.toThrow();
  expect(() => show(checker, renewed(32_501, `${GOES}s`))).toThrow(
    "w renews 1:b:1:s, 31.5 s after",
  );
});

test("to give one up, or away, is no renewal", () => {
  const checker = without();
  const move = { expect: { owner: "w" }, patch: { owner: null } };
  const release = entry("asked", { atMs: 90_000, process: "w", key: `${GOES}s`, move });
  expect(() => show(checker, release)).not.toThrow();
});

test("a stream that is named again may be read, and the time counts from the first answer without it", () => {
  const checker = without();
  show(checker, told(2000, [STAYS, GOES], []));
  expect(() => show(checker, delivered(90_000, `${GOES}s`))).not.toThrow();
  show(checker, told(100_000, [STAYS], [GOES]), told(104_000, [STAYS], [GOES]));
  expect(() => show(checker, delivered(105_001, `${GOES}s`))).toThrow("5.0 s after");
});

test("who stands still has his time when he goes on, and who begins anew knows nothing", () => {
  const checker = without();
  show(checker, entry("life", { atMs: 1000, process: "w", what: "paused", forMs: 20_000 }));
  expect(() => show(checker, delivered(26_000, `${GOES}s`))).not.toThrow();
  show(checker, entry("life", { atMs: 27_000, process: "w", what: "started" }));
  expect(() => show(checker, delivered(90_000, `${GOES}s`))).not.toThrow();
});

test("what the source says binds nobody who was not told", () => {
  const checker = new StreamsGivenUp(false);
  show(checker, told(0, [STAYS], [GOES], "world"));
  expect(() => show(checker, delivered(90_000, `${GOES}s`))).not.toThrow();
});

describe("where handlers work side by side:", () => {
  const at = (subSequenceNumber: number) => ({ sequenceNumber: "1", subSequenceNumber });
  const begun = (atMs: number, number: number, fields: Partial<EntryOf<"delivered">> = {}) =>
    delivered(atMs, `${GOES}s`, "w", { position: at(number), ...fields });

  /** Told at 1 s to read it no more, with the records up to the third begun. */
  function finishing(isFinished = true): StreamsGivenUp {
    const checker = without(isFinished);
    show(checker, begun(1000, 0), begun(1000, 3), begun(1000, 1));
    return checker;
  }

  test("what lies before something that was begun may come for 10 s", () => {
    expect(() => show(finishing(), begun(11_200, 2))).not.toThrow();
    expect(() => show(finishing(), begun(11_201, 2))).toThrow("10.2 s after");
    expect(() => show(finishing(), begun(6001, 4))).toThrow("5.0 s after");
  });

  test("so may what was tried together, and not the last of it alone", () => {
    const last = begun(6001, 3, { isFirst: false });
    expect(() => show(finishing(), begun(6001, 2), last)).not.toThrow();
    expect(() => show(finishing(), begun(6001, 3))).toThrow("5.0 s after");
  });

  test("what is begun when it is given up is nothing to lie before", () => {
    const checker = finishing();
    show(checker, begun(1001, 5));
    expect(() => show(checker, begun(6001, 4))).toThrow("5.0 s after");
  });

  test("what was begun under another lease, or by another, is nothing to lie before", () => {
    expect(() => show(finishing(), begun(6001, 2, { epoch: 2 }))).toThrow("5.0 s after");
    const checker = finishing();
    show(checker, told(1000, [STAYS], [GOES], "v"));
    expect(() => show(checker, begun(6001, 2, { process: "v" }))).toThrow("v delivers");
  });

  test("where nothing is finished nothing comes later than a batch", () => {
    expect(() => show(finishing(false), begun(6001, 2))).toThrow("5.0 s after");
  });
});
