import type { Lease } from "@shardline/consumer";
import { expect, test } from "vitest";
import { NamedStreams } from "../evidence/named-streams.ts";
import { RunningWorkers } from "../evidence/running-workers.ts";
import { ShardNames, simStreams } from "../evidence/shard-names.ts";
import { EVERYTHING } from "./coverage.ts";
import { entry, lease, show } from "./shown.ts";
import { StreamsRead } from "./streams-read.ts";

const NAMES = new ShardNames(simStreams(["orders", "returns"], "1", 0));
const [, STREAM = { name: "", prefix: "" }] = NAMES.streams;
const PACE = { failoverMs: 10_000, maxStaleMs: 0, roundTripMs: 0 };
/** For an answer each 5 s, and three looks at the table. */
const BOUND_MS = 13_637;

function world() {
  const streams = new NamedStreams(NAMES, () => ["w"]);
  const workers = new RunningWorkers(() => true);
  const leases: Lease[] = [];
  let nowMs = 0;
  const view = { streams, stream: STREAM, leases: () => leases, nowMs: () => nowMs, everyMs: 5000 };
  const checker = new StreamsRead(view, workers, PACE);
  const start = entry("life", { process: "w", what: "started" });
  const healed = entry("phase", { phase: "healed", atMs: 0 });
  show(workers, start, healed);
  show(streams, start, healed);
  return {
    checker,
    name: (atMs: number, ...named: readonly string[]): void => {
      const unnamed = NAMES.streams.flatMap(({ prefix }) => (named.includes(prefix) ? [] : prefix));
      const news = entry("streams", { atMs, named, unnamed });
      show(streams, news);
      show(checker, news);
    },
    write: (fields: Partial<Lease>): void => {
      const hashKeyRange = EVERYTHING;
      leases.splice(0, 1, lease(`${STREAM.prefix}s`, { hashKeyRange, ...fields }));
      show(checker, entry("table"));
    },
    lookAt: (atMs: number): void => {
      nowMs = atMs;
      checker.look();
    },
  };
}

test("a stream that is named has owners for all of it within the bound", () => {
  const { lookAt, name, write } = world();
  name(200_000, STREAM.prefix);
  write({});
  expect(() => lookAt(200_000 + BOUND_MS)).not.toThrow();
  expect(() => lookAt(200_001 + BOUND_MS)).toThrow(
    "named streams are read: returns is named, and nobody reads 0 to",
  );
});

test("what becomes of it later is a matter of others, until it is named anew", () => {
  const { lookAt, name, write } = world();
  name(200_000, STREAM.prefix);
  write({ owner: "w" });
  write({});
  expect(() => lookAt(300_000)).not.toThrow();
  name(400_000);
  expect(() => lookAt(500_000)).not.toThrow();
  name(600_000, STREAM.prefix);
  expect(() => lookAt(700_000)).toThrow("returns is named");
});

test("after the faults it takes a minute and a half more", () => {
  const { lookAt, name } = world();
  name(0, STREAM.prefix);
  expect(() => lookAt(90_000 + BOUND_MS)).not.toThrow();
  expect(() => lookAt(90_001 + BOUND_MS)).toThrow("returns is named");
});
