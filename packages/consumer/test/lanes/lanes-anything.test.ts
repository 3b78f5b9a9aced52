import { comparePositions, type Position } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchHandler } from "../../src/batch/handler.ts";
import type { LaneRules } from "../../src/lanes/lane-rules.ts";
import { textOf } from "../support/kinesis-records.ts";
import { newRunner, type Running } from "../support/shard-running.ts";

interface World {
  /** Of the records, in their order. */
  readonly keys: readonly number[];
  readonly rules: LaneRules;
  readonly seed: number;
  readonly then: "skip" | "dead-letter" | "halt";
  readonly bisect: boolean;
  readonly ending: "drain" | "crash" | "none";
  readonly endsAtMs: number;
}

const arbitraryWorld: fc.Arbitrary<World> = fc.record({
  keys: fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }),
  rules: fc.record({
    ordering: fc.constantFrom("partition-key", "none"),
    concurrency: fc.integer({ min: 1, max: 6 }),
    limits: fc.record({ maxRecords: fc.integer({ min: 1, max: 7 }), maxBytes: fc.constant(1e6) }),
    window: fc
      .record({
        bytes: fc.integer({ min: 1, max: 200 }),
        extra: fc.nat(30),
        maxRecords: fc.integer({ min: 6, max: 40 }),
      })
      .map(({ bytes, extra, maxRecords }) => {
        return { maxRecords, maxBytes: bytes, maxSpanRecords: maxRecords + extra };
      }),
  }),
  seed: fc.nat(1_000_000),
  then: fc.constantFrom("skip", "dead-letter", "halt"),
  bisect: fc.boolean(),
  ending: fc.constantFrom("drain", "crash", "none"),
  endsAtMs: fc.nat(4000),
});

/** Notes down what happens to records, and what must not. */
class Witness {
  readonly broken: string[] = [];
  /** The handler returned from them, or they were given up. */
  readonly done = new Set<string>();
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #busyKeys = new Set<string>();
  readonly #begun = new Set<string>();
  readonly #inHand = new Set<string>();
  /** What was handed out together. */
  readonly #works: (readonly string[])[] = [];
  #calls = 0;
  isOver = false;
  /** Since the drain has begun: the last in the shard that it may take with it. */
  newestAtDrain: number | undefined;
  running: Running | undefined;
  texts: readonly string[] = [];

  constructor(world: World) {
    this.#world = world;
    this.#random = new SeededRandom(world.seed);
  }

  readonly handle: BatchHandler = async ({ records }) => {
    const texts = records.map(textOf);
    const keys = new Set(texts.map(keyOf));
    this.#begin(texts, keys);
    for (const text of texts) this.#inHand.add(text);
    await this.#pause();
    for (const text of texts) this.#inHand.delete(text);
    this.#calls -= 1;
    for (const key of keys) this.#busyKeys.delete(key);
    const fate = this.#random.next();
    if (fate < 0.15) throw new Error("by chance");
    const good = fate < 0.25 ? Math.floor(this.#random.next() * records.length) : records.length;
    this.note(texts.slice(0, good));
    const failedAt = records[good];
    return failedAt && { failedAt };
  };

  readonly deadLetter = (letter: { readonly data: Uint8Array }): void => {
    if (this.#random.next() < 0.3) throw new Error("the sink is down");
    this.note([textOf(letter)]);
  };

  note(texts: readonly string[]): void {
    if (this.isOver) return;
    for (const text of texts) this.done.add(text);
  }

  /** Nothing more is to be taken up. */
  drain(): void {
    const placesOf = (texts: Iterable<string>): number[] =>
      [...texts].map((text) => this.texts.indexOf(text));
    let newest = Math.max(-1, ...placesOf(this.done), ...placesOf(this.#inHand));
    const left = this.#works.map((work) => placesOf(work.filter((text) => !this.done.has(text))));
    // What was tried together is tried together again: where its first is wanted, so is all before its last.
    for (const places of left.toSorted(([a = 0], [b = 0]) => a - b)) {
      if (places[0] !== undefined && places[0] <= newest) newest = Math.max(newest, ...places);
    }
    this.newestAtDrain = newest;
  }

  expect(isRight: boolean, what: string): void {
    if (!isRight) this.broken.push(what);
  }

  #begin(texts: readonly string[], keys: ReadonlySet<string>): void {
    const { concurrency, ordering, window } = this.#world.rules;
    this.#calls += 1;
    this.expect(this.#calls <= concurrency, `${this.#calls} calls at a time`);
    for (const text of texts) this.expect(!this.done.has(text), `${text} once more`);
    const oldest = this.texts.findIndex((text) => !this.done.has(text));
    const newest = Math.max(...texts.map((text) => this.texts.indexOf(text)));
    this.expect(newest - oldest < window.maxSpanRecords, `${newest} beside ${oldest}`);
    const isTriedAgain = texts.some((text) => this.#begun.has(text));
    const isBefore = this.newestAtDrain === undefined || newest <= this.newestAtDrain;
    this.expect(isBefore || isTriedAgain, `${texts.join()} after the drain`);
    for (const text of texts) this.#begun.add(text);
    if (!isTriedAgain) this.#works.push(texts);
    if (ordering === "none") return;
    this.expect(keys.size === 1, `${keys.size} keys in a call`);
    for (const key of keys) {
      this.expect(!this.#busyKeys.has(key), `key ${key} twice at a time`);
      this.#busyKeys.add(key);
      const due = this.texts.filter((text) => keyOf(text) === key && !this.done.has(text));
      this.expect(
        due.slice(0, texts.length).join() === texts.join(),
        `${texts.join()} before ${due.join()}`,
      );
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.running?.clock.startTimer(this.#random.next() * 100, resolve);
    });
  }
}

function keyOf(text: string): string {
  return text.split(":")[0] ?? "";
}

/** Runs a world to its end, and says what was wrong with it. */
async function live(world: World): Promise<readonly string[]> {
  const { bisect, ending, endsAtMs, rules, then } = world;
  const witness = new Witness(world);
  const { deadLetter, handle } = witness;
  const policy = { bisect, maxAttempts: 2, haltMs: 300, then };
  const onFailure = then === "dead-letter" ? { ...policy, deadLetter } : policy;
  const running = await newRunner({ handle, lanes: rules, onFailure });
  witness.running = running;
  witness.texts = world.keys.map((key, i) => `${key}:${i}`);
  const places = await running.putKeyed(...witness.texts);
  const placed = witness.texts.map((text, i) => ({ text, place: places[i] as Position }));
  running.events.events.on("recordsSkipped", ({ first, last }) => {
    const firstText = placed.find(({ place }) => comparePositions(place, first) === 0)?.text ?? "";
    const isMeant = (text: string): boolean =>
      rules.ordering === "none" || keyOf(text) === keyOf(firstText);
    const between = placed.filter(
      ({ place, text }) =>
        comparePositions(place, first) >= 0 && comparePositions(place, last) <= 0 && isMeant(text),
    );
    witness.note(between.map(({ text }) => text));
  });
  const look = (): void => {
    const { checkpoint } = running.item();
    for (const { place, text } of placed) {
      const isCovered = comparePositions(place, checkpoint) <= 0;
      witness.expect(!isCovered || witness.done.has(text), `${text} checkpointed and not done`);
    }
  };
  const run = running.start();
  const untilMs = ending === "none" ? 60_000 : endsAtMs;
  for (let ms = 0; ms < untilMs; ms += 50) {
    await running.clock.advance(50);
    await running.held.renew();
    look();
    if (ending === "none" && witness.done.size === placed.length) break;
  }
  await finish(world, witness, running, places.at(-1));
  look();
  witness.expect(
    run.state() === (ending === "none" ? "pending" : "resolved"),
    `run ${run.state()}`,
  );
  return witness.broken;
}

async function finish(
  { ending, keys, then }: World,
  witness: Witness,
  { clock, held, item, runner, told }: Running,
  last: Position | undefined,
): Promise<void> {
  if (ending === "drain") {
    witness.drain();
    runner.drain();
    for (let ms = 0; ms < 11_000; ms += 500) {
      await held.renew();
      await clock.advance(500);
    }
    witness.expect(told.join() === "released to anybody", `not released, but ${told.join()}`);
    const safe = witness.texts.findIndex((text) => !witness.done.has(text));
    const repeated = safe < 0 ? 0 : witness.done.size - safe;
    witness.expect(then === "halt" || repeated === 0, `${repeated} to be repeated`);
  }
  if (ending === "crash") {
    witness.isOver = true;
    runner.abandon(new Error("crashed"));
    await clock.advance(1000);
  }
  if (ending !== "none") return;
  await clock.advance(1000);
  await held.renew();
  witness.expect(witness.done.size === keys.length, "not everything was done");
  witness.expect(item().checkpoint.sequenceNumber === last?.sequenceNumber, "not checkpointed");
}

/** What was tried before the drain, beside what is in hand when it begins, reaches further than that. */
const triedTogether: World = {
  keys: [1, 0, 2, 1],
  rules: {
    ordering: "partition-key",
    concurrency: 1,
    limits: { maxRecords: 2, maxBytes: 1e6 },
    window: { maxRecords: 6, maxBytes: 12, maxSpanRecords: 6 },
  },
  seed: 723_183,
  then: "skip",
  bisect: false,
  ending: "drain",
  endsAtMs: 1,
};

test("S4, S6: whatever fails and however it ends, nothing is checkpointed that is not done, keys keep their order, nothing is lost, and what a drain has finished is not repeated", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryWorld, async (world) => {
      expect(await live(world)).toEqual([]);
    }),
    { examples: [[triedTogether]], numRuns: 200 },
  );
});
