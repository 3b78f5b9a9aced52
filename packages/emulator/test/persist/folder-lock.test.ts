// Who has a folder, when several want it at the same moment.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { threadId, Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { lockFolder } from "../../src/persist/folder-lock.ts";
import { newFolder, newKept } from "../support/kept.ts";

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

/** The name of a process that was killed. */
function goneName(): string {
  const gone = spawnSync(process.execPath, ["--eval", ""]);
  return `${hostname()}:${gone.pid}`;
}

/** A folder whose emulators were killed: one that had it, and so many more while they moved to the front. */
function abandoned(behind = 0): string {
  const folder = newFolder();
  const name = goneName();
  writeFileSync(join(folder, "lock"), name);
  for (let nth = 1; nth <= behind; nth += 1) writeFileSync(join(folder, `lock.${nth}`), name);
  return folder;
}

/** A thread that has tried to take a folder and lives on, and what came of it. */
async function takenByThread(folder: string): Promise<[Worker, string]> {
  const program = `
    import { parentPort } from "node:worker_threads";
    const { lockFolder } = await import(${JSON.stringify(LOCK)});
    parentPort.on("message", () => parentPort.close());
    try { lockFolder(${JSON.stringify(folder)}); parentPort.postMessage("has"); }
    catch ({ message }) { parentPort.postMessage(message); }
  `;
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const thread = new Worker(url, { execArgv: [] });
  const [answer] = (await once(thread, "message")) as [string];
  return [thread, answer];
}

const filesIn = (folder: string): readonly string[] => readdirSync(folder).sort();

test("of several processes that take an abandoned folder at the same moment one has it", async () => {
  const rivals = Array.from({ length: RIVALS }, () => new Rival());
  try {
    for (const rival of rivals) expect(await rival.answer()).toBe("ready");
    for (let round = 0; round < ROUNDS; round += 1) {
      const folder = abandoned(round % 3);
      for (const rival of rivals) rival.send(folder);
      const answers = await Promise.all(rivals.map((rival) => rival.answer()));
      expect(
        answers.filter((answer) => answer === "has"),
        `round ${round}`,
      ).toHaveLength(1);
      expect(filesIn(folder), `round ${round}`).toEqual(["lock"]);
    }
  } finally {
    for (const rival of rivals) await rival.end();
  }
}, 60_000);

describe("a folder whose taker was killed", () => {
  test.each([0, 1, 2])(
    "is taken by the next one, with %i left behind, and nothing of that stays",
    (behind) => {
      const folder = abandoned(behind);
      writeFileSync(join(folder, "lock.0123456789abcdef.new"), "");
      const lock = lockFolder(folder);
      expect(filesIn(folder)).toEqual(["lock"]);
      expect(readFileSync(join(folder, "lock"), "utf8")).toMatch(
        new RegExp(`^${hostname()}:${process.pid} ${threadId} [0-9a-f]{16}$`),
      );
      lock[Symbol.dispose]();
      expect(filesIn(folder)).toEqual([]);
    },
  );

  test("while it moved to the front of a free one is taken as well", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "lock.1"), goneName());
    lockFolder(folder)[Symbol.dispose]();
    writeFileSync(join(folder, "lock"), goneName());
    lockFolder(folder)[Symbol.dispose]();
    expect(filesIn(folder)).toEqual([]);
  });
});

describe("a folder of this process whose taker has gone is taken by the next one", () => {
  const leave = (text: string): string => {
    const folder = newFolder();
    writeFileSync(join(folder, "lock"), `${hostname()}:${process.pid} ${text}`);
    return folder;
  };
  const ENDS: readonly (readonly [string, (thread: Worker) => unknown])[] = [
    ["has come to its end", (thread) => thread.postMessage("end")],
    ["was ended from outside", (thread) => thread.terminate()],
  ];

  test("where it was a process of this number before, and of this thread's", () => {
    lockFolder(leave(`${threadId} 0123456789abcdef`))[Symbol.dispose]();
  });

  test.runIf(process.platform === "linux")("or of another thread's", () => {
    lockFolder(leave("999 0123456789abcdef"))[Symbol.dispose]();
  });

  test.runIf(process.platform === "linux").each(ENDS)("where its thread %s", async (_, end) => {
    const folder = newFolder();
    const [thread, answer] = await takenByThread(folder);
    expect(answer).toBe("has");
    const ended = once(thread, "exit");
    end(thread);
    await ended;
    expect(filesIn(folder)).toEqual(["lock"]);
    lockFolder(folder)[Symbol.dispose]();
    expect(filesIn(folder)).toEqual([]);
  });
});

describe("a folder is refused by the file that says so", () => {
  test("where a process of another host has it, and nothing is changed", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "lock"), "elsewhere:1 0123456789abcdef");
    expect(() => lockFolder(folder)).toThrow(/lock: .* in use by process elsewhere:1\. .*delete/);
    expect(filesIn(folder)).toEqual(["lock"]);
  });

  test("where an emulator of this process has it, by whatever path", () => {
    const folder = newFolder();
    const other = join(newFolder(), "other");
    symlinkSync(folder, other, "junction");
    using _lock = lockFolder(folder);
    for (const path of [folder, other]) {
      expect(() => lockFolder(path)).toThrow("in use by an emulator of this process");
    }
    expect(filesIn(folder)).toEqual(["lock"]);
  });

  test.skipIf(process.platform === "win32")("also under a name that it was given since", () => {
    const folder = newFolder();
    const other = join(newFolder(), "other");
    using _lock = lockFolder(folder);
    renameSync(folder, other);
    expect(() => lockFolder(other)).toThrow("in use by an emulator of this process");
    renameSync(other, folder);
    expect(filesIn(folder)).toEqual(["lock"]);
  });

  test("where one of another thread has it", async () => {
    const folder = newFolder();
    using _lock = lockFolder(folder);
    const [thread, answer] = await takenByThread(folder);
    expect(answer).toContain(`in use by thread ${threadId} of this process`);
    await thread.terminate();
  });

  test("where this thread wants it, and another one lives that has it", async () => {
    const folder = newFolder();
    const [thread, answer] = await takenByThread(folder);
    expect(answer).toBe("has");
    const words = `in use by thread ${thread.threadId} of this process`;
    expect(() => lockFolder(folder)).toThrow(words);
    await thread.terminate();
  });

  test.runIf(process.platform === "linux")(
    "where an emulator of another copy of this package has it",
    async () => {
      const copy = (await import(LOCK)) as { readonly lockFolder: typeof lockFolder };
      const folder = newFolder();
      using _lock = copy.lockFolder(folder);
      expect(() => lockFolder(folder)).toThrow("in use by an emulator of this process");
      expect(filesIn(folder)).toEqual(["lock"]);
    },
  );

  test("and given up without the file of whoever took it meanwhile", () => {
    const folder = newFolder();
    const lock = lockFolder(folder);
    writeFileSync(join(folder, "lock"), "elsewhere:1 0 0123456789abcdef");
    lock[Symbol.dispose]();
    expect(filesIn(folder)).toEqual(["lock"]);
  });

  test("where one is moving to the front", () => {
    const folder = abandoned();
    writeFileSync(join(folder, "lock.1"), "elsewhere:1");
    expect(() => lockFolder(folder)).toThrow(/lock\.1: .* in use by process elsewhere:1/);
    expect(filesIn(folder)).toEqual(["lock", "lock.1"]);
  });

  test("where one has not yet written its name", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "lock"), "");
    expect(() => lockFolder(folder)).toThrow(
      /lock: .* a process that is just taking it\. .*delete/,
    );
  });
});

test.skipIf(process.platform === "win32")(
  "an emulator goes on in the folder that it took, whatever its path leads to since",
  async () => {
    const [folder, foreign] = [newFolder(), newFolder()];
    const path = join(newFolder(), "path");
    symlinkSync(folder, path);
    await using kept = newKept(path);
    const emulator = await kept.start({ streams: { s: 1 } });
    rmSync(path);
    symlinkSync(foreign, path);
    await emulator.reset();
    expect(filesIn(foreign)).toEqual([]);
    expect(filesIn(folder)).toEqual(["lock", "log-1", "snapshot-1"]);
  },
);

describe("what the system refuses is told by the file, with what to do", () => {
  const refusalOf = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return error;
    }
  };

  test("where the lock is a folder", () => {
    const folder = newFolder();
    const file = join(folder, "lock");
    mkdirSync(file);
    expect(refusalOf(() => lockFolder(folder))).toMatchObject({
      code: "PERSISTENCE_FAILED",
      details: { file },
      message: expect.stringMatching(/lock: it cannot be used: EISDIR.*take it away/) as string,
    });
    expect(filesIn(folder)).toEqual(["lock"]);
  });

  test("where a log is a folder", async () => {
    await using kept = newKept();
    mkdirSync(join(kept.folder, "log-0"));
    await expect(kept.start()).rejects.toMatchObject({
      code: "PERSISTENCE_FAILED",
      message: expect.stringMatching(/it cannot be used: EISDIR/) as string,
    });
    expect(filesIn(kept.folder)).toEqual(["log-0"]);
  });

  test.skipIf(process.platform === "win32")("where nobody may write", () => {
    const folder = newFolder();
    chmodSync(folder, 0o555);
    const program = `
      const { lockFolder } = await import(${JSON.stringify(LOCK)});
      // Root may write everywhere; whoever is not may not even read this program.
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
      try { lockFolder(${JSON.stringify(folder)}); } catch ({ code, message }) { console.log(code, message); }
    `;
    const args = ["--no-warnings", "--input-type=module", "--eval", program];
    const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(stdout).toMatch(
      /^PERSISTENCE_FAILED .*lock: it cannot be used: EACCES.*right to read and write/,
    );
    expect(filesIn(folder)).toEqual([]);
  });

  test("where a file stands in the place of the folder", async () => {
    const folder = newFolder();
    const file = join(folder, "file");
    writeFileSync(file, "");
    await using kept = newKept(file);
    await expect(kept.start()).rejects.toMatchObject({
      code: "PERSISTENCE_FAILED",
      message: expect.stringMatching(
        /file: it cannot be used: EEXIST.*Take another folder/,
      ) as string,
    });
  });
});
