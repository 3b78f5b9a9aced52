// The virtual clock of one test, which must be without timers when the test ends.
import { VirtualClock } from "@shardline/core/testing";
import { expect, onTestFinished } from "vitest";

export function quietClock(): VirtualClock {
  const clock = new VirtualClock();
  onTestFinished(() => {
    expect(clock.pendingTimers, "timers left on the virtual clock").toBe(0);
  });
  return clock;
}
