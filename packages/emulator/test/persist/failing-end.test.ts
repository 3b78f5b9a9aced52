// An emulator whose folder fails when it ends: the folder is free all the same.
import { expect, test } from "vitest";
import { brokenDisk } from "../support/failing-disk.ts";
import { contentOf, newKept, putTexts } from "../support/kept.ts";

test("a folder whose log cannot be brought to the disk at the end is free for the next emulator", async () => {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 1 } });
  await putTexts(emulator, ["a"]);
  const before = contentOf(emulator);
  {
    using _broken = brokenDisk();
    await expect(emulator.close()).rejects.toThrow("EIO");
  }
  expect(contentOf(await kept.start())).toEqual(before);
});
