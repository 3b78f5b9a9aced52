// What the demo puts: the lines of a file, or a click stream of its own. A record's data is the number of its line, a tab,
// and the line, so that two equal lines can be told apart; its key is the line's first word.
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { RECORD_LIMITS } from "@shardline/core";
import { linesOf } from "../lines.ts";
import { clickStream } from "./click-stream.ts";

/** All lines of a demo. */
export interface DemoInput {
  readonly name: string;
  readonly lines: readonly Buffer[];
  /** Partition key of each line. */
  readonly keys: readonly string[];
}

const DEFAULT_COUNT = 20_000;
const TAB = "\t";

/** Reads a file, or makes a click stream if none is named. */
export async function readInput(path: string | undefined): Promise<DemoInput> {
  const lines = path === undefined ? clickStream(DEFAULT_COUNT) : await readLines(path);
  const name = path === undefined ? "a generated click stream" : basename(path);
  return { name, lines, keys: lines.map(keyOf) };
}

/** The data of a line's record. */
export function dataOf(input: DemoInput, index: number): Buffer {
  return Buffer.concat([Buffer.from(`${index}${TAB}`), input.lines[index] as Buffer]);
}

/** Which line a record's data holds. */
export function indexOf(data: Uint8Array): number {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Number(bytes.toString("latin1", 0, bytes.indexOf(TAB)));
}

async function readLines(path: string): Promise<Buffer[]> {
  const lines: Buffer[] = [];
  for await (const line of linesOf(createReadStream(path))) lines.push(line);
  return lines;
}

/** Any bytes make a key: as Latin-1 each is a character. */
function keyOf(line: Buffer): string {
  const [word = ""] = line.toString("latin1").trimStart().split(/\s/, 1);
  return word.slice(0, RECORD_LIMITS.maxPartitionKeyLength) || "(no word)";
}
