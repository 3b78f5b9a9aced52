import { expect, test } from "vitest";
import { Window } from "../../src/lanes/window.ts";

function newWindow(...taken: readonly number[]): Window {
  const window = new Window({ maxRecords: 8, maxBytes: 80, maxSpanRecords: 16 });
  for (const bytes of taken) window.takeUp(bytes);
  return window;
}

test.each([
  ["records", 7, 10, 15, true],
  ["records", 8, 10, 15, false],
  ["bytes", 1, 70, 1, true],
  ["bytes", 1, 71, 1, false],
  ["span", 1, 10, 15, true],
  ["span", 1, 10, 16, false],
])("there is room up to the bound of %s, with it (%i records, %i bytes, span %i)", (...given) => {
  const [, records, bytes, span, hasRoom] = given;
  const window = newWindow(...Array.from({ length: records }, () => 10 / records));
  expect(window.hasRoom(1, bytes, span)).toBe(hasRoom);
});

test("an empty one takes whatever is larger than itself, and has room again when that is done", () => {
  const window = newWindow();
  expect([window.isEmpty, window.hasRoom(100, 1000, 1000)]).toEqual([true, true]);
  window.takeUp(1000);
  expect([window.isEmpty, window.hasRoom(1, 1, 1)]).toEqual([false, false]);
  window.release(1000);
  expect([window.isEmpty, window.hasRoom(1, 1, 1)]).toEqual([true, true]);
});

test("it is worth while to go on when an eighth of each bound is free", () => {
  const window = newWindow(10, 10, 10, 10, 10, 10, 10);
  expect([window.isRoomy(14), window.isRoomy(15)]).toEqual([true, false]);
  window.takeUp(1);
  expect(window.isRoomy(0)).toBe(false);
  window.release(10);
  expect(window.isRoomy(0)).toBe(true);
  window.takeUp(10);
  window.release(1);
  window.release(10);
  window.takeUp(11);
  expect(window.isRoomy(0)).toBe(false);
});
