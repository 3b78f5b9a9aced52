// Files of rules: what they may hold, and how they are refused.
import { type FaultInput, parseFaults } from "@shardline/emulator";
import { expect, test } from "vitest";

const HANG = { kind: "hang" };

test("the problems of every rule of a file are told, each with its place", () => {
  const text = JSON.stringify({ faults: [{ effect: HANG }, { effect: { kind: "rest" } }, 7] });
  expect(() => parseFaults(text)).toThrow(
    'the fault rules were refused: faults[1].effect.kind is "rest"; did you mean reset?; ' +
      "faults[2] must be an object, got 7",
  );
});

test("a file holds one rule, a list of rules, or an object of them", () => {
  const rule: FaultInput = { effect: { kind: "hang" } };
  for (const form of [rule, [rule], { faults: [rule] }]) {
    expect(parseFaults(JSON.stringify(form))).toEqual([rule]);
  }
});

test.each([
  "",
  "{",
  "[\nno\n]",
  '{"faults":[],"fault":[]}',
  "7",
  '"hang"',
  "null",
  '{"faults":{}}',
])("a file that holds %j is refused in one line", (text) => {
  const message = expect.stringMatching(/^the fault rules were refused: .+$/) as string;
  const code = "INVALID_OPTIONS";
  expect(() => parseFaults(text)).toThrow(expect.objectContaining({ code, message }));
});
