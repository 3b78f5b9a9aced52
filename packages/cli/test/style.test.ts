import { expect, test } from "vitest";
import { styleOf } from "../src/terminal.ts";

const screen = { isTTY: true } as NodeJS.WriteStream;

test("a screen is painted on", () => {
  expect(styleOf(screen, {}).red("no")).toBe("\u001b[31mno\u001b[39m");
});

test.each([
  ["a file", { isTTY: false } as NodeJS.WriteStream, {}],
  ["whoever set NO_COLOR", screen, { NO_COLOR: "1" }],
  ["a dumb terminal", screen, { TERM: "dumb" }],
])("%s gets the plain text", (_what, stream, env) => {
  expect(styleOf(stream, env).red("no")).toBe("no");
});

test("an empty NO_COLOR is none", () => {
  expect(styleOf(screen, { NO_COLOR: "" }).bold("yes")).not.toBe("yes");
});
