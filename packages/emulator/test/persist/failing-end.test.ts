// An emulator whose folder fails when it ends, or before it has begun, or whose thread ends without it: the folder is free all
// the same.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { brokenDisk, fullDisk } from "../support/failing-disk.ts";
import { contentOf, newKept, putTexts } from "../support/kept.ts";

test("a folder whose log cannot be brought to the disk at the end is free for the next emulator", async () => {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 1 } });
  await putTexts(emulator, ["a"]);
  const before = contentOf(emulator);
  {
    using _broken = brokenDisk();
    await expect(emulator.close()).rejects.toMatchObject({
      code: "PERSISTENCE_FAILED",
      details: { file: kept.folder },
      message: expect.stringContaining("EIO") as string,
    });
  }
  expect(contentOf(await kept.start())).toEqual(before);
});

test("a start that fails tells why, also where the folder cannot be left in order either", async () => {
  await using kept = newKept();
  await (await kept.start()).close();
  {
    using _full = fullDisk();
    using _broken = brokenDisk();
    await expect(kept.start()).rejects.toMatchObject({
      code: "PERSISTENCE_FAILED",
      message: expect.stringMatching(/ENOSPC.*Make room/) as string,
    });
  }
  await kept.start();
});

/** Writes records until a snapshot is being written as well, says so, and waits for its end. */
const WRITING = `
  import { parentPort, workerData } from "node:worker_threads";
  const { startEmulator } = await import(workerData.module);
  const { folder, records } = workerData;
  const emulator = await startEmulator({
    persist: { folder, maxLogBytes: 1024 * 1024 },
    streams: { s: 1 },
  });
  const data = new Uint8Array(1024 * 1024 - 1);
  for (let i = 0; i < records; i += 1) emulator.inject("s", [{ partitionKey: "k", data }]);
  parentPort.postMessage("written");
  parentPort.on("message", () => {});
`;

test.runIf(process.platform === "linux")(
  "an emulator whose thread was ended while it wrote a snapshot is gone on with at once, with all that it had",
  async () => {
    await using kept = newKept();
    const url = new URL(`data:text/javascript,${encodeURIComponent(WRITING)}`);
    const module = new URL("../../dist/index.js", import.meta.url).href;
    const workerData = { module, folder: kept.folder, records: 5 };
    const thread = new Worker(url, { execArgv: [], workerData });
    await once(thread, "message");
    await expect(kept.start()).rejects.toThrow(`thread ${thread.threadId} of this process`);
    await thread.terminate();
    const emulator = await kept.start();
    expect(emulator.inspect("s")?.shards[0]?.records).toHaveLength(5);
  },
);
