// An emulator whose folder fails when it ends, or before it has begun: the folder is free all the same.
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
