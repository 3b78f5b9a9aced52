// Emulators that are kept in a folder of their own, on a virtual clock that outlives them.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KinesisError } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import {
  type RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";

/** A folder that is gone when the test ends. */
export function newFolder(parent: string = tmpdir()): string {
  // As errors name it.
  const folder = mkdtempSync(join(realpathSync(parent), "shardline-persist-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A folder, a clock, and a way to start an emulator with them again and again; ends those that still run. */
export interface Kept extends AsyncDisposable {
  readonly folder: string;
  readonly clock: VirtualClock;
  readonly start: (options?: StartEmulatorOptions) => Promise<RunningEmulator>;
}

export function newKept(folder: string = newFolder()): Kept {
  const clock = quietClock();
  const started: RunningEmulator[] = [];
  const start = async (options: StartEmulatorOptions = {}): Promise<RunningEmulator> => {
    const random = new SeededRandom(1);
    const running = await startEmulator({ clock, random, persist: folder, ...options });
    started.push(running);
    return running;
  };
  const end = async (): Promise<void> => {
    for (const running of started) await running.close().catch(unlessOfTheFolder);
  };
  return { folder, clock, start, [Symbol.asyncDispose]: end };
}

/** A test whose disk fails has been told so by now. */
export function unlessOfTheFolder(error: unknown): void {
  if (!KinesisError.is(error, "PERSISTENCE_FAILED")) throw error;
}

/** Puts some texts, each under itself as the key; answers their sequence numbers. */
export async function putTexts(
  emulator: RunningEmulator,
  texts: readonly string[],
  StreamName = "s",
): Promise<string[]> {
  const Records = texts.map((text) => ({
    PartitionKey: text,
    Data: Buffer.from(text).toString("base64"),
  }));
  const answer = await emulator.call("PutRecords", { StreamName, Records });
  return (answer as { Records: { SequenceNumber: string }[] }).Records.map(
    ({ SequenceNumber }) => SequenceNumber,
  );
}

/** All that is stored of a stream, as plain data. */
export function contentOf(emulator: RunningEmulator, streamName = "s"): unknown {
  const stream = emulator.inspect(streamName);
  return (
    stream && {
      ...stream,
      shards: stream.shards.map((shard) => ({
        ...shard,
        records: shard.records.map((record) => ({
          ...record,
          data: Buffer.from(record.data).toString("base64"),
        })),
      })),
    }
  );
}
