import { expect, test } from "vitest";
import { type Command, type Given, readGiven, UsageError } from "../src/command.ts";
import { readNumber, readWhole } from "../src/read-option.ts";

const command: Command = {
  name: "pour",
  summary: "Pour",
  words: ["STREAM"],
  options: { rate: { value: "N", help: "how fast" }, json: { help: "as JSON" } },
  run: async () => 0,
};

test("words, texts and switches are told apart", () => {
  expect(readGiven(command, ["--rate", "7", "orders", "--json"])).toEqual({
    words: ["orders"],
    texts: { rate: "7" },
    switches: new Set(["json"]),
  });
});

test.each([
  [["--json"], "STREAM is missing"],
  [["orders", "more"], "unexpected word: more"],
  [["orders", "--colour"], "Unknown option '--colour'"],
  [["orders", "--rate"], "Option '--rate <value>' argument missing"],
  [["orders", "--json=yes"], "Option '--json' does not take an argument"],
])("%j is no command line", (args, message) => {
  expect(() => readGiven(command, args)).toThrow(new UsageError(message));
});

function rate(text: string): Given {
  return { words: [], texts: { rate: text }, switches: new Set() };
}

test("a number is read, or its fallback stands", () => {
  const none: Given = { words: [], texts: {}, switches: new Set() };
  expect(readNumber(none, "rate", 5, { min: 1, max: 9 })).toBe(5);
  expect(readNumber(rate("1"), "rate", 5, { min: 1, max: 9 })).toBe(1);
  expect(readNumber(rate("9"), "rate", 5, { min: 1, max: 9 })).toBe(9);
});

test.each(["0", "10", "many", "", "NaN", "Infinity", "7 apples"])(
  "%j is no rate from 1 to 9",
  (text) => {
    expect(() => readNumber(rate(text), "rate", 5, { min: 1, max: 9 })).toThrow(UsageError);
  },
);

test.each(["1.5", "0", "1e-3", "9007199254740992", "0x1.8"])("%j is no limit", (text) => {
  const reading = () => readWhole(rate(text), "rate", 5, { min: 1, max: Infinity });
  expect(reading).toThrow(new UsageError(`--rate takes a whole number of 1 or more, not ${text}`));
});

test("a number without an upper bound is told as such", () => {
  const reading = () => readNumber(rate("0"), "rate", 5, { min: 1, max: Infinity });
  expect(reading).toThrow(new UsageError("--rate takes a number of 1 or more, not 0"));
});
