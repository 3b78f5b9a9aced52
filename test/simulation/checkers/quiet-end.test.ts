import { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { QuietEnd } from "./quiet-end.ts";
import { entry, lease, show } from "./shown.ts";

const OWNED = lease("shard", { owner: "w" });
const begun = (clock = new VirtualClock()) => new QuietEnd(clock, () => [OWNED]);
const write = (process: string, owner: string) =>
  entry("table", { process, before: lease("shard", { owner }), after: OWNED, key: "shard" });

test("a timer that is left when everything has ended is seen", () => {
  const clock = new VirtualClock();
  clock.startTimer(1000, () => undefined);
  expect(() => begun(clock).atEnd()).toThrow("1 timers are left");
});

test("a lease that is left owned is seen, unless its owner was handed it and never wrote to it", () => {
  expect(() => begun().atEnd()).toThrow("shard is still owned by w");
  const handedOver = begun();
  show(handedOver, write("v", "v"));
  handedOver.atEnd();
  show(handedOver, write("w", "w"));
  expect(() => handedOver.atEnd()).toThrow("shard is still owned by w");
});
