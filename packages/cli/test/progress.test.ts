import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { Progress } from "../src/progress.ts";
import type { Terminal } from "../src/terminal.ts";

/** A terminal that writes down what it is sent, write by write. */
function writing(isTTY: boolean): { readonly terminal: Terminal; readonly writes: string[] } {
  const writes: string[] = [];
  const stderr = { isTTY, write: (text: string) => writes.push(text) };
  return { terminal: { stderr } as unknown as Terminal, writes };
}

test("on a terminal the line is drawn over the one before, in one write, and is gone at the end", async () => {
  const { terminal, writes } = writing(true);
  {
    let drawn = 0;
    using progress = new Progress(terminal, () => `line ${(drawn += 1)}`);
    progress.tell("something that stays");
    while (writes.length < 3) await pause(10);
  }
  expect(writes.slice(0, 3)).toEqual([
    "\rsomething that stays\u001b[K\n",
    "\r\u001b[?7lline 1\u001b[K\u001b[?7h",
    "\r\u001b[?7lline 2\u001b[K\u001b[?7h",
  ]);
  expect(writes.at(-1)).toBe("\r\u001b[K");
});

test("elsewhere only the lines that stay are written", async () => {
  const { terminal, writes } = writing(false);
  {
    using progress = new Progress(terminal, () => "line");
    await pause(150);
    progress.tell("something that stays");
  }
  expect(writes).toEqual(["something that stays\n"]);
});
