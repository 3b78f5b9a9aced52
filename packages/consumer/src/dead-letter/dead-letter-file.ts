// Dead letters as lines of a file.
import { type FileHandle, open } from "node:fs/promises";
import type { DeadLetter, DeadLetterSink } from "../handling/dead-letter.ts";
import { fieldsOf } from "./letter-json.ts";

const NEWLINE = 0x0a;

/**
 * A sink that appends each letter to a file, as one line of JSON with the data as base64 (NDJSON). A letter counts as taken
 * when the file is flushed to the disk, because its record is not delivered again. The file is opened for each letter, so
 * that it may be moved away at any time. Several workers need a file each.
 */
export function deadLetterFile(path: string | URL): DeadLetterSink {
  let lastWrite: Promise<void> = Promise.resolve();
  return (letter) => {
    // At once: the data is a view, and letters of several shards come at the same time.
    const line = lineOf(letter);
    const write = lastWrite.then(() => append(path, line));
    lastWrite = write.catch(() => undefined);
    return write;
  };
}

function lineOf(letter: DeadLetter): string {
  const data = Buffer.from(letter.data).toString("base64");
  return `${JSON.stringify({ ...fieldsOf(letter), data })}\n`;
}

async function append(path: string | URL, line: string): Promise<void> {
  const file = await open(path, "a+");
  try {
    const isTorn = await endsInsideLine(file);
    await file.appendFile(isTorn ? `\n${line}` : line);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A write before, of this process or another one, may have been cut short: its piece gets a line of its own. */
async function endsInsideLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== NEWLINE;
}
