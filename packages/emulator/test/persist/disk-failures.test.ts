// A disk that fails, or refuses something, at any place: what is not on it is not acknowledged, and what does no harm
// stops nobody.
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
} from "node:fs";
import { basename, join } from "node:path";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import { FolderJournal, type KeptState } from "../../src/persist/folder-journal.ts";
import { LogFile } from "../../src/persist/log-file.ts";
import type { PersistSettings } from "../../src/persist/persist-options.ts";
import { ShardLog } from "../../src/stream/shard-log.ts";
import { beforeFileSteps, systemError } from "../support/file-steps.ts";
import { contentOf, newFolder, newKept, putTexts, unlessOfTheFolder } from "../support/kept.ts";
import { createLeases, dynamoDbClient } from "../support/running.ts";

const MIB = 1024 * 1024;
const REFUSED = /cannot write to .*accepts nothing until it is started again/;
const OWNER = { accountId: "000000000000", region: "us-east-1" };
const NOTHING: KeptState = { movedMs: () => 0, namespaces: () => [], leaseRows: () => [] };
const EIO = systemError("EIO", "fdatasync");

interface Opened extends AsyncDisposable {
  readonly journal: FolderJournal;
  readonly folder: string;
}

async function opened(survives: PersistSettings["survives"]): Promise<Opened> {
  const folder = newFolder();
  const journal = FolderJournal.open({ folder, survives, maxLogBytes: MIB });
  await journal.load(() => new ShardLog({ bytes: 0 }));
  journal.begin(NOTHING);
  return { journal, folder, [Symbol.asyncDispose]: () => journal.close().catch(unlessOfTheFolder) };
}

const putRow = (journal: FolderJournal): void => journal.rowsChanged(OWNER, [["k", "{}"]]);

function refuse(step: string, error: Error): Disposable {
  return beforeFileSteps((name) => {
    if (name === step) throw error;
  });
}

/** Refuses to bring the names of a folder to the disk. */
function refuseFolder(error: Error): Disposable {
  return beforeFileSteps((name, on) => {
    if (name === "fsyncSync" && fstatSync(on as number).isDirectory()) throw error;
  });
}

describe("what survives the machine", () => {
  test("is not acknowledged when the log that holds it fails at being replaced", async () => {
    await using kept = newKept();
    const persist = { folder: kept.folder, maxLogBytes: MIB, survives: "machine" } as const;
    const emulator = await kept.start({ streams: { s: 1 }, persist });
    const texts = Array.from({ length: 100 }, (_, i) => `${i}-${"x".repeat(250)}`);
    let refusals = 0;
    using _full = beforeFileSteps((name) => {
      if (name !== "fdatasyncSync") return;
      refusals += 1;
      throw EIO;
    });
    for (let i = 0; refusals === 0; i += 1) {
      expect(i).toBeLessThan(30);
      const outcome = await putTexts(emulator, texts).then(
        () => "acknowledged",
        (error: unknown) => String(error),
      );
      expect(outcome).toMatch(refusals === 0 ? /^acknowledged$/ : REFUSED);
    }
  });

  test("is not acknowledged when another call finds meanwhile that nothing can be written", async () => {
    await using one = await opened("machine");
    const settling = one.journal.settling();
    putRow(one.journal);
    {
      using _full = refuse("writeSync", systemError("ENOSPC", "write"));
      expect(() => putRow(one.journal)).toThrow(REFUSED);
    }
    await expect(settling()).rejects.toThrow(REFUSED);
    // Whoever only reads afterwards has nothing to wait for.
    expect(one.journal.settling()()).toBeUndefined();
  });

  test("is not acknowledged to a worker whose row was written just before that", async () => {
    await using kept = newKept();
    const persist = { folder: kept.folder, survives: "machine" } as const;
    const emulator = await kept.start({ streams: { s: 1 }, persist });
    using client = dynamoDbClient(emulator);
    await createLeases(client);
    const fail = (): void => {
      using _full = refuse("writeSync", systemError("ENOSPC", "write"));
      expect(() => emulator.inject("s", [{ partitionKey: "k", data: "d" }])).toThrow(REFUSED);
    };
    const row = beforeFileSteps((name) => {
      if (name !== "writeSync") return;
      row[Symbol.dispose]();
      queueMicrotask(fail);
    });
    const Item = { leaseKey: { S: "k" } };
    const put = client.send(new PutItemCommand({ TableName: "leases", Item }));
    await expect(put).rejects.toThrow();
  });

  test("is acknowledged when it came to the disk before the emulator was closed", async () => {
    const { journal } = await opened("machine");
    const settling = journal.settling();
    putRow(journal);
    await journal.close();
    await settling();
  });

  test("is never said to be on a disk that has failed once", async () => {
    const files: number[] = [];
    const folder = newFolder();
    const log = LogFile.create(folder, { generation: 0, follows: 0 }, []);
    {
      using _seen = beforeFileSteps((_, on) => files.push(on as number));
      log.append({ kind: "changes", payload: Buffer.from("[]") });
    }
    closeSync(files[0] as number);
    await expect(log.synced()).rejects.toThrow(/EBADF/);
    // Another attempt would succeed, with what has the number now.
    const other = openSync(join(folder, "other"), "w");
    await expect(log.synced()).rejects.toThrow(/EBADF/);
    closeSync(other);
  });
});

test("a log is on the disk as a whole before the next one says how much it has", async () => {
  await using one = await opened("process");
  putRow(one.journal);
  const steps: string[] = [];
  {
    using _seen = beforeFileSteps((name, on) => steps.push(`${name} ${basename(String(on))}`));
    await one.journal.replaceAll(() => () => {});
  }
  const synced = steps.findIndex((step) => step.startsWith("fdatasyncSync"));
  expect(synced).toBeGreaterThanOrEqual(0);
  expect(steps.indexOf("renameSync log-1.new")).toBeGreaterThan(synced);
  expect(steps.indexOf("renameSync snapshot-1.new")).toBeGreaterThan(
    steps.indexOf("renameSync log-1.new"),
  );
});

describe("an emulator that was closed", () => {
  test("keeps and accepts nothing more, neither rows nor records nor commands", async () => {
    await using kept = newKept();
    const emulator = await kept.start({ streams: { s: 1 } });
    using client = dynamoDbClient(emulator, { requestHandler: emulator.requestHandler() });
    await createLeases(client);
    const snapshot = emulator.snapshot();
    await emulator.close();
    const Item = { leaseKey: { S: "late" } };
    await expect(client.send(new PutItemCommand({ TableName: "leases", Item }))).rejects.toThrow();
    expect(() => emulator.inject("s", [{ partitionKey: "k", data: "late" }])).toThrow(/closed/);
    expect(() => emulator.clock.advance(1)).toThrow(/closed/);
    await expect(emulator.reset()).rejects.toThrow(/closed/);
    await expect(emulator.restore(snapshot)).rejects.toThrow(/closed/);
  });

  test("has given its folder back, also where the disk has failed meanwhile, and says so", async () => {
    const { journal, folder } = await opened("process");
    putRow(journal);
    {
      using _broken = refuse("fdatasyncSync", EIO);
      await expect(journal.close()).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
    }
    await FolderJournal.open({ folder, survives: "process", maxLogBytes: MIB }).close();
  });
});

test("what a snapshot has made superfluous may stay: a reset holds, and the next start says so or takes it away", async () => {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 1 } });
  await putTexts(emulator, ["a"]);
  {
    using _busy = refuse("rmSync", systemError("EBUSY", "unlink"));
    await emulator.reset();
  }
  await putTexts(emulator, ["b"]);
  const content = contentOf(emulator);
  await emulator.close();
  mkdirSync(join(kept.folder, "log-7.new"));
  const second = await kept.start();
  expect(second.warnings).toEqual([expect.stringMatching(/log-7\.new.* cannot be taken away/)]);
  expect(contentOf(second)).toEqual(content);
  await second.close();
  rmdirSync(join(kept.folder, "log-7.new"));
  expect(readdirSync(kept.folder).sort()).toEqual(["log-1", "snapshot-1"]);
  expect((await kept.start()).warnings).toEqual([]);
});

test("a replacement that fails by itself is not taken for a disk that refuses to be written", async () => {
  await using one = await opened("process");
  const change = (): void => {
    throw new Error("half of it");
  };
  const failed =
    /failed at replacing .*: Error: half of it.*accepts nothing until it is started again/;
  await expect(one.journal.replaceAll(() => change)).rejects.toThrow(failed);
  expect(() => putRow(one.journal)).toThrow(failed);
});

describe.skipIf(process.platform !== "linux")("no file stays open", () => {
  /** But for the lock, by which other threads see that it is held. */
  const openIn = (folder: string): string[] =>
    readdirSync("/proc/self/fd").flatMap((file) => {
      try {
        const path = readlinkSync(join("/proc/self/fd", file));
        return path.startsWith(folder) && !path.startsWith(join(folder, "lock")) ? [path] : [];
      } catch {
        return [];
      }
    });

  test("of a folder whose names cannot be brought to the disk, which fails the emulator", async () => {
    await using kept = newKept();
    const emulator = await kept.start({ streams: { s: 1 } });
    await putTexts(emulator, ["a"]);
    const content = contentOf(emulator);
    {
      using _broken = refuseFolder(systemError("EIO", "fsync"));
      await expect(emulator.reset()).rejects.toThrow(REFUSED);
    }
    expect(openIn(kept.folder)).toEqual([]);
    await expect(emulator.close()).rejects.toThrow(REFUSED);
    expect(contentOf(await kept.start())).toEqual(content);
  });

  test("of a folder of a system that does not know how to do that, which does no harm", async () => {
    await using kept = newKept();
    using _windows = refuseFolder(systemError("EPERM", "fsync"));
    const emulator = await kept.start({ streams: { s: 1 } });
    await emulator.reset();
    expect(openIn(kept.folder)).toEqual([join(kept.folder, "log-1")]);
  });

  test("of an emulator that has failed", async () => {
    await using one = await opened("process");
    using _full = refuse("writeSync", systemError("ENOSPC", "write"));
    expect(() => putRow(one.journal)).toThrow(REFUSED);
    expect(openIn(one.folder)).toEqual([]);
  });
});
