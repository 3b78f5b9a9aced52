// Pauses that meet are one.
import { expect, test } from "vitest";
import { entry } from "../checkers/shown.ts";
import { Thaws } from "./thaws.ts";

const paused = (atMs: number, forMs: number) => entry("life", { what: "paused", atMs, forMs });

test("who is stopped while it stands still does so until the later time", () => {
  const thaws = new Thaws();
  expect(thaws.untilMs("w")).toBe(Number.NEGATIVE_INFINITY);
  expect(thaws.note(paused(100, 50))).toBe(50);
  expect(thaws.note(paused(120, 50))).toBe(20);
  expect(thaws.note(paused(130, 10))).toBe(0);
  expect(thaws.untilMs("w")).toBe(170);
  expect(thaws.note(paused(300, 10))).toBe(10);
  expect(thaws.untilMs("w")).toBe(310);
});

test("whoever begins has not stood still, whatever befell another of its name", () => {
  const thaws = new Thaws();
  thaws.note(paused(100, 50));
  thaws.note(entry("life", { what: "killed", atMs: 110 }));
  expect(thaws.note(entry("life", { what: "started", atMs: 120 }))).toBe(0);
  expect(thaws.untilMs("w")).toBe(Number.NEGATIVE_INFINITY);
});
