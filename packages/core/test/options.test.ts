import {
  type Check,
  group,
  integer,
  KinesisError,
  matching,
  number,
  oneOf,
  optional,
  orFalse,
  parsed,
  required,
  resolveOptions,
  withDefault,
  withMethods,
} from "@shardline/core";
import { expect, test } from "vitest";

interface Settings {
  readonly name: string;
  readonly count: number;
  readonly share: number | undefined;
  readonly mode: "fast" | "safe";
  readonly inner: false | { readonly depth: number };
}

const settings: Check<Settings> = group({
  name: required(parsed("a name", (text) => (text.length > 2 ? text : undefined))),
  count: withDefault(integer({ min: 1, max: 10 }), 5),
  share: optional(number({ min: 0, max: Number.POSITIVE_INFINITY })),
  mode: withDefault(oneOf("fast", "safe"), "safe"),
  inner: orFalse(group({ depth: withDefault(integer({ min: 0, max: 3 }), 1) })),
});

function problemsOf(input: unknown): readonly string[] {
  try {
    resolveOptions("test", settings, input);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
  }
  throw new Error("the options were taken");
}

test("what is left out gets its default, and the result is frozen, inside too", () => {
  const resolved = resolveOptions("test", settings, { name: "abc" });
  expect(resolved).toEqual({
    name: "abc",
    count: 5,
    share: undefined,
    mode: "safe",
    inner: { depth: 1 },
  });
  expect(Object.isFrozen(resolved)).toBe(true);
  expect(Object.isFrozen(resolved.inner)).toBe(true);
});

test("`undefined` stands for what is left out, `false` for what is switched off", () => {
  const input = { name: "abc", count: undefined, mode: undefined, inner: false };
  expect(resolveOptions("test", settings, input)).toMatchObject({
    count: 5,
    mode: "safe",
    inner: false,
  });
});

test("every problem is found, and all of them are told in one error", () => {
  const input = { name: "a", count: 11, share: -1, mode: "slow", inner: { depth: 4 }, other: 1 };
  expect(problemsOf(input)).toEqual([
    "other is not an option; known are name, count, share, mode, inner",
    'name must be a name, got "a"',
    "count must be a whole number from 1 to 10, got 11",
    "share must be a number from 0 to Infinity, got -1",
    'mode must be "fast" or "safe", got "slow"',
    "inner.depth must be a whole number from 0 to 3, got 4",
  ]);
  expect(() => resolveOptions("createThing", settings, { name: "a", count: 0 })).toThrow(
    'createThing refused its options: name must be a name, got "a"; ' +
      "count must be a whole number from 1 to 10, got 0",
  );
});

test.each([
  ["cuont", "cuont is not an option; did you mean count?"],
  ["Mode", "Mode is not an option; did you mean mode?"],
  ["xyz", "xyz is not an option; known are name, count, share, mode, inner"],
  ["constructor", "constructor is not an option; known are name, count, share, mode, inner"],
])("an unknown key %s: %s", (key, problem) => {
  expect(problemsOf({ name: "abc", [key]: 1 })).toEqual([problem]);
});

test("an unknown key inside is named with its path", () => {
  expect(problemsOf({ name: "abc", inner: { dept: 1 } })).toEqual([
    "inner.dept is not an option; did you mean depth?",
  ]);
});

test.each([
  ["a text", "text", '"text"'],
  ["a number", 7, "7"],
  ["a list", [], "an array"],
  ["null", null, "null"],
  ["a function", () => 1, "a function"],
])("options that are %s are refused", (_what, input, shown) => {
  const problems = problemsOf(input);
  expect(problems).toContain(`options must be an object, got ${shown}`);
});

test("no options at all are options with nothing in them", () => {
  expect(problemsOf(undefined)).toEqual(["name is required"]);
});

test.each<[unknown, string]>([
  [null, "null"],
  [Number.NaN, "NaN"],
  [1.5, "1.5"],
  ["5", '"5"'],
  [5n, "5"],
  [2 ** 60, "1152921504606847000"],
  [{}, "an object"],
])("%s is no count", (count, shown) => {
  expect(problemsOf({ name: "abc", count })).toEqual([
    `count must be a whole number from 1 to 10, got ${shown}`,
  ]);
});

test("a port is known by its methods, own or inherited", () => {
  class Own {
    next(): number {
      return 1;
    }
  }
  const port = withMethods<Own>("a source", "next");
  for (const fine of [new Own(), { next: () => 1 }]) {
    expect(resolveOptions("test", port, fine)).toBe(fine);
  }
  for (const wrong of [undefined, null, 7, {}, { next: 1 }, () => 1]) {
    expect(() => resolveOptions("test", port, wrong)).toThrow("must be a source");
  }
});

test("a secret is never shown: an object is told as one", () => {
  const check = matching("a client", () => false);
  const wrong = { credentials: { secretAccessKey: "hush" } };
  expect(() => resolveOptions("test", group({ client: check }), { client: wrong })).toThrow(
    /^test refused its options: client must be a client, got an object$/,
  );
});
