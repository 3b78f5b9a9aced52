// Who has a folder, when several want it at the same moment.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { describe, expect, test } from "vitest";
import { lockFolder } from "../../src/persist/folder-lock.ts";
import { newFolder } from "../support/kept.ts";

const LOCK = new URL("../../dist/persist/folder-lock.js", import.meta.url).href;
const RIVALS = 4;
const ROUNDS = 25;

/** A process that takes each folder that it is told, and says whether it could. */
const PROGRAM = `
  import { createInterface } from "node:readline";
  const { lockFolder } = await import(${JSON.stringify(LOCK)});
  console.log("ready");
  for await (const folder of createInterface({ input: process.stdin })) {
    try { lockFolder(folder); console.log("has"); } catch { console.log("has not"); }
  }
`;

class Rival {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    const args = ["--no-warnings", "--input-type=module", "--eval", PROGRAM];
    this.#child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    const lines: Interface = createInterface({
      input: this.#child.stdout as NodeJS.ReadableStream,
    });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async end(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    await ended;
  }

  send(folder: string): void {
    this.#child.stdin?.write(`${folder}\n`);
  }

  async answer(): Promise<string> {
    return String((await this.#lines.next()).value);
  }
}

/** A folder whose emulator was killed. */
function abandoned(): string {
  const folder = newFolder();
  const gone = spawnSync(process.execPath, ["--eval", ""]);
  writeFileSync(join(folder, "lock"), `${hostname()}:${gone.pid}`);
  return folder;
}

test("of several processes that take an abandoned folder at the same moment one has it", async () => {
  const rivals = Array.from({ length: RIVALS }, () => new Rival());
  try {
    for (const rival of rivals) expect(await rival.answer()).toBe("ready");
    for (let round = 0; round < ROUNDS; round += 1) {
      const folder = abandoned();
      for (const rival of rivals) rival.send(folder);
      const answers = await Promise.all(rivals.map((rival) => rival.answer()));
      expect(
        answers.filter((answer) => answer === "has"),
        `round ${round}`,
      ).toHaveLength(1);
    }
  } finally {
    for (const rival of rivals) await rival.end();
  }
}, 60_000);

describe("a folder that another process is just taking", () => {
  test("is refused, by the name of the file that says so", () => {
    const folder = abandoned();
    writeFileSync(join(folder, "lock.taking"), "");
    const before = readFileSync(join(folder, "lock"), "utf8");
    expect(() => lockFolder(folder)).toThrow(/lock\.taking: .*delete the file/);
    expect(readFileSync(join(folder, "lock"), "utf8")).toBe(before);
    rmSync(join(folder, "lock.taking"));
    lockFolder(folder)[Symbol.dispose]();
  });

  test("leaves nothing of that behind, whether it is taken or not", () => {
    const folder = abandoned();
    const lock = lockFolder(folder);
    expect(existsSync(join(folder, "lock.taking"))).toBe(false);
    lock[Symbol.dispose]();
    expect(existsSync(join(folder, "lock"))).toBe(false);
    writeFileSync(join(folder, "lock"), "elsewhere:1");
    expect(() => lockFolder(folder)).toThrow(/elsewhere:1/);
    expect(existsSync(join(folder, "lock.taking"))).toBe(false);
  });
});
