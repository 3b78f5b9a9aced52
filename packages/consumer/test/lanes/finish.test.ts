import { describe, expect, test } from "vitest";
import { type Laning, startLanes } from "../support/laning.ts";

/** The lease lives on. */
async function advanceRenewing({ clock, held }: Laning, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    await held.renew();
    await clock.advance(Math.min(left, 1000));
  }
}

describe("a drain", () => {
  test("handles what lies before something done, in the order of its key, and nothing beyond", async () => {
    const texts = ["a:1", "b:1", "a:2", "a:3", "b:2", "a:4", "c:1"];
    const { begun, end, item, placeOf, runner, told } = await startLanes(texts);
    await end("b:1");
    await end("c:1");
    expect(begun).toEqual(["a:1", "b:1", "c:1", "b:2"]);
    runner.drain();
    await end("b:2");
    for (const text of ["a:1", "a:2", "a:3"]) {
      expect(told).toEqual([]);
      await end(text);
    }
    await end("a:4");
    expect(begun.slice(4)).toEqual(["a:2", "a:3", "a:4"]);
    expect([told, item().checkpoint]).toEqual([["released to anybody"], placeOf("c:1")]);
  });

  test("begins nothing beyond a record that fails at last, nor waits for that one", async () => {
    const texts = ["a:1", "a:2", "b:1", "a:3", "c:1", "a:4"];
    const { begun, end, fail, item, placeOf, runner, told } = await startLanes(texts, {
      concurrency: 3,
    });
    await end("b:1");
    runner.drain();
    await fail("c:1");
    await end("a:1");
    await end("a:2");
    expect(begun).toEqual(["a:1", "b:1", "c:1", "a:2"]);
    expect([told, item().checkpoint]).toEqual([["released to anybody"], placeOf("b:1")]);
  });

  test("tries again what failed before something done, as the policy says", async () => {
    const { begun, clock, end, fail, item, placeOf, runner, told } = await startLanes([
      "a:1",
      "b:1",
      "c:1",
    ]);
    await end("b:1");
    await fail("a:1");
    runner.drain();
    await end("c:1");
    expect(told).toEqual([]);
    await clock.advance(200);
    await end("a:1");
    expect(begun).toEqual(["a:1", "b:1", "c:1", "a:1"]);
    expect([told, item().checkpoint]).toEqual([["released to anybody"], placeOf("c:1")]);
  });

  test("of a key that comes to rest meanwhile finishes what lies before that record", async () => {
    const texts = ["a:1", "b:1", "a:2", "b:2", "c:1", "b:3", "d:1"];
    const { begun, end, fail, item, placeOf, runner, told } = await startLanes(
      texts,
      { concurrency: 3 },
      { onFailure: { maxAttempts: 1 } },
    );
    await end("c:1");
    runner.drain();
    await end("d:1");
    await end("b:1");
    await fail("b:2");
    await end("a:1");
    await end("a:2");
    expect(begun).toEqual(["a:1", "b:1", "c:1", "d:1", "b:2", "a:2"]);
    expect([told, item().checkpoint]).toEqual([["released to anybody"], placeOf("a:2")]);
  });

  test("goes on for 10 s, and awaits what is in hand then", async () => {
    const running = await startLanes(["a:1", "a:2", "b:1"]);
    const { begun, end, item, placeOf, runner, told } = running;
    await end("b:1");
    runner.drain();
    await advanceRenewing(running, 10_000);
    expect(told).toEqual([]);
    await end("a:1");
    expect(begun).toEqual(["a:1", "b:1"]);
    expect([told, item().checkpoint]).toEqual([["released to anybody"], placeOf("a:1")]);
  });

  test("begins nothing more of a shard that is paused before or meanwhile", async () => {
    const { begun, end, pauses, runner, told } = await startLanes([
      "a:1",
      "a:2",
      "b:1",
      "a:3",
      "c:1",
    ]);
    await end("b:1");
    runner.drain();
    await end("a:1");
    pauses.pause(undefined);
    await end("a:2");
    await end("c:1");
    expect(begun).toEqual(["a:1", "b:1", "c:1", "a:2"]);
    expect(told).toEqual(["released to anybody"]);
  });

  test("whose time is over begins nothing more", async () => {
    const { begun, clock, end, runner, told } = await startLanes(["a:1", "a:2", "b:1"]);
    await end("b:1");
    runner.drain();
    runner.abandon(new Error("time over"));
    await end("a:1");
    await clock.advance(0);
    expect([begun, told]).toEqual([["a:1", "b:1"], ["released to anybody"]]);
  });

  test("that loses the lease begins nothing more", async () => {
    const { begun, clock, end, held, runner, write } = await startLanes(["a:1", "a:2", "b:1"]);
    await end("b:1");
    runner.drain();
    await write({ owner: "you", nativeOwner: "you", counter: 9 });
    await held.renew();
    await end("a:1");
    await clock.advance(1000);
    expect(begun).toEqual(["a:1", "b:1"]);
  });

  test("waits for no dead-letter sink that is down beyond its time", async () => {
    const deadLetter = (): void => {
      throw new Error("down");
    };
    const onFailure = { maxAttempts: 1, then: "dead-letter", deadLetter } as const;
    const running = await startLanes(["a:1", "b:1"], {}, { onFailure });
    const { end, fail, runner, told } = running;
    await end("b:1");
    await fail("a:1");
    runner.drain();
    await advanceRenewing(running, 9999);
    expect(told).toEqual([]);
    await advanceRenewing(running, 1);
    expect(told).toEqual(["released to anybody"]);
  });
});

test("a drain of batches has what was tried together tried again, and repeats nothing of it", async () => {
  const texts = ["a:1", "a:2", "b:1", "c:1", "a:3", "c:2"];
  const { begun, clock, end, fail, item, placeOf, runner, told } = await startLanes(texts, {
    concurrency: 3,
    limits: { maxRecords: 10, maxBytes: 1e6 },
  });
  expect(begun).toEqual(["a:1+a:2+a:3", "b:1", "c:1+c:2"]);
  await end("b:1");
  await fail("a:1+a:2+a:3");
  await fail("c:1+c:2");
  runner.drain();
  await clock.advance(200);
  await end("a:1+a:2");
  await end("a:3");
  await end("c:1");
  expect([told, item().checkpoint]).toEqual([["released to anybody"], placeOf("a:3")]);
  expect(begun.slice(3)).toEqual(["a:1+a:2", "c:1", "a:3"]);
});
