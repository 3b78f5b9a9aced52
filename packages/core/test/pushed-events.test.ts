// What a subscription hands to its one reader.
import { getEventListeners } from "node:events";
import { LinkedSignal, PushedEvents } from "@shardline/core";
import { expect, test } from "vitest";

const DONE = { done: true, value: undefined };

interface Source {
  readonly events: PushedEvents<string>;
  readonly reader: AbortController;
  readonly left: AbortSignal;
  /** How often an event was asked for. */
  readonly asked: () => number;
  /** Answers what was asked for. */
  readonly answer: (result: IteratorResult<string, unknown>) => void;
  readonly fail: (error: Error) => void;
}

type Settle = (result: Promise<IteratorResult<string, unknown>>) => void;

function newSource(): Source {
  const reader = new AbortController();
  const left = new LinkedSignal(reader.signal);
  const waiting: Settle[] = [];
  const next = (): Promise<IteratorResult<string, unknown>> =>
    new Promise((resolve) => waiting.push(resolve));
  return {
    events: new PushedEvents({ next, signal: reader.signal, left }),
    reader,
    left: left.signal,
    asked: () => waiting.length,
    answer: (result) => waiting.at(-1)?.(Promise.resolve(result)),
    fail: (error) => waiting.at(-1)?.(Promise.reject(error)),
  };
}

async function turn(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

test("nothing is asked of the source while nobody asks for the next event, and then one at a time", async () => {
  const { answer, asked, events } = newSource();
  await turn();
  expect(asked()).toBe(0);
  const two = [events.next(), events.next()];
  await turn();
  expect(asked()).toBe(1);
  answer({ value: "a" });
  await turn();
  expect(asked()).toBe(2);
  answer({ value: "b" });
  expect(await Promise.all(two)).toEqual([{ value: "a" }, { value: "b" }]);
});

test("a source that ends lets go of the signal, and is not asked again", async () => {
  const { answer, asked, events, left, reader } = newSource();
  const next = events.next();
  await turn();
  answer({ done: true, value: "ignored" });
  expect(await next).toEqual(DONE);
  expect(await events.next()).toEqual(DONE);
  expect(asked()).toBe(1);
  expect(left.aborted).toBe(true);
  expect(getEventListeners(reader.signal, "abort")).toEqual([]);
});

test("a source that fails rejects once, and is over", async () => {
  const { events, fail, left, reader } = newSource();
  const broken = new Error("broken");
  const next = events.next();
  await turn();
  fail(broken);
  await expect(next).rejects.toBe(broken);
  expect(await events.next()).toEqual(DONE);
  expect([left.aborted, reader.signal.aborted]).toEqual([true, false]);
  expect(getEventListeners(reader.signal, "abort")).toEqual([]);
});

test("an abort rejects with its reason at once, also while nobody reads and for whoever waits behind", async () => {
  const reason = new Error("enough");
  const waiting = newSource();
  const [first, second] = [waiting.events.next(), waiting.events.next()];
  await turn();
  waiting.reader.abort(reason);
  await expect(first).rejects.toBe(reason);
  expect(await second).toEqual(DONE);
  const idle = newSource();
  idle.reader.abort(reason);
  expect(idle.left.aborted).toBe(true);
  await expect(idle.events.next()).rejects.toBe(reason);
  expect(await idle.events.next()).toEqual(DONE);
});

test("an abort that ends the source is told as an abort", async () => {
  const { answer, events, reader } = newSource();
  const reason = new Error("enough");
  const next = events.next();
  await turn();
  reader.abort(reason);
  answer({ done: true, value: undefined });
  await expect(next).rejects.toBe(reason);
});

test("a reader that leaves ends the source, and whoever still waits hears that it is over", async () => {
  const { events, left, reader } = newSource();
  const next = events.next();
  await turn();
  expect(await events.return()).toEqual(DONE);
  expect(await next).toEqual(DONE);
  expect(left.aborted).toBe(true);
  expect(getEventListeners(reader.signal, "abort")).toEqual([]);
});
