import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import type { StreamInput } from "../../src/stream/stream-source.ts";
import { Fleet } from "../support/fleet.ts";
import { range } from "../support/lease-views.ts";
import { createStream, putTo, textsByStream } from "../support/many-streams.ts";

const STREAMS = ["orders", "clicks", "visits"];

test("sixty streams are read within seconds, and the table is looked at little more than for one", async () => {
  const fleet = new Fleet(1);
  const names = range(60).map((i) => `s${i}`);
  for (const name of names) {
    await createStream(fleet, name);
    await putTo(name, [`of ${name}`], fleet.kinesis);
  }
  const looks = { count: 0 };
  const worker = fleet.start("a", {
    streams: names,
    tableFaults: {
      list: (next, signal) => {
        looks.count += 1;
        return next(signal);
      },
    },
  });
  await fleet.clock.advance(15_000);
  expect(Object.keys(textsByStream(fleet)).sort()).toEqual([...names].sort());
  expect(worker.told("streamFailed")).toEqual([]);
  looks.count = 0;
  await fleet.clock.advance(60_000);
  // A look in 2.5 s for leases to take, and as many at most for all streams together.
  expect(looks.count).toBeLessThan(24 + 24 + 4);
});

test.each(range(6))(
  "streams that are named and left out at random by three workers lose no record and none of its order (%i)",
  async (seed) => {
    const random = new SeededRandom(seed);
    const draw = (below: number): number => Math.floor(random.next() * below);
    const fleet = new Fleet(2);
    for (const name of STREAMS.slice(1)) await createStream(fleet, name, 2);
    const named = new Map<string, readonly StreamInput[]>();
    const begin = (name: string) => {
      named.set(name, STREAMS);
      const list = async (): Promise<readonly StreamInput[]> => named.get(name) ?? [];
      return fleet.start(name, { streams: { list, everyMs: 1000 } });
    };
    let workers = ["a", "b", "c"].map((name) => ({ name, worker: begin(name) }));
    const put = Object.fromEntries(STREAMS.map((name) => [name, [] as string[]]));
    for (const step of range(60)) {
      const stream = STREAMS[draw(3)] as string;
      await putTo(stream, [`r${step}`], fleet.kinesis);
      put[stream]?.push(`r${step}`);
      const { name } = workers[draw(3)] as { name: string };
      if (draw(2) === 0)
        named.set(
          name,
          STREAMS.filter(() => draw(3) > 0),
        );
      if (draw(15) === 0) {
        const [first, ...others] = workers;
        first?.worker.crash();
        workers = [...others, { name: `w${step}`, worker: begin(`w${step}`) }];
      }
      await fleet.clock.advance(draw(4000));
    }
    for (const { name } of workers) named.set(name, STREAMS);
    await fleet.clock.advance(60_000);
    const first = Object.entries(textsByStream(fleet)).map(([stream, texts]) => {
      return [stream, [...new Set(texts)]];
    });
    expect(Object.fromEntries(first)).toEqual(put);
    for (const { worker } of workers) expect(worker.told("streamFailed")).toEqual([]);
  },
);
