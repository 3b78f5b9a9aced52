import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { AbortWatch } from "../../src/record/abort-watch.ts";

it("tells once of the records whose signals have aborted, and that are not settled", () => {
  let told = 0;
  const watch = new AbortWatch<string>(() => {
    told += 1;
  });
  const [one, other] = [new AbortController(), new AbortController()];
  for (const receipt of ["a", "b", "c"]) watch.add(one.signal, receipt);
  watch.add(other.signal, "d");
  expect(getEventListeners(one.signal, "abort")).toHaveLength(1);
  expect(watch.takeAborted()).toEqual([]);
  one.abort();
  watch.remove(one.signal, "b");
  expect([told, watch.takeAborted(), watch.takeAborted()]).toEqual([1, ["a", "c"], []]);
  watch.add(AbortSignal.abort(), "e");
  expect([told, watch.takeAborted()]).toEqual([2, ["e"]]);
});

it("lets go of a signal when the last of its records is settled", () => {
  const watch = new AbortWatch<string>(() => undefined);
  const { signal } = new AbortController();
  watch.add(signal, "a");
  watch.add(signal, "b");
  watch.remove(signal, "a");
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  watch.remove(signal, "b");
  watch.remove(signal, "b");
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
