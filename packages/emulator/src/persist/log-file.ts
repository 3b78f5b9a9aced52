// The log that is being written: each entry is handed to the system before its call is answered, which is enough to
// outlive this process. To outlive the machine it has to be on the disk as well, which calls under way wait for together.
import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync } from "node:fs";
import { promisify } from "node:util";
import { encodeHead, type Entry } from "./entry.ts";
import type { FileHeader } from "./file-header.ts";
import { createLog, writeNow } from "./folder-files.ts";
import { logPath } from "./folder-listing.ts";
import type { LogEnd } from "./read-folder.ts";

const sync = promisify(fdatasync);

/** A log that is open for writing. */
export class LogFile {
  readonly generation: number;
  readonly #file: number;
  #entries: number;
  #bytes: number;
  #syncedBytes: number;
  #syncing: Promise<void> | undefined;
  /** Why what is not on the disk by now may never be, whatever a later attempt says. */
  #lost: Error | undefined;

  private constructor(file: number, { generation, entries, bytes }: LogEnd) {
    this.#file = file;
    this.generation = generation;
    this.#entries = entries;
    this.#bytes = bytes;
    this.#syncedBytes = bytes;
  }

  /** A new log, which has its first entries on the disk before it is there. */
  static create(
    folder: string,
    header: Omit<FileHeader, "kind">,
    first: readonly Entry[],
  ): LogFile {
    const { file, bytes } = createLog(folder, { kind: "log", ...header }, first);
    return new LogFile(file, { generation: header.generation, entries: first.length, bytes });
  }

  /** A log that goes on where it was read to; what follows there is cut off. */
  static resume(folder: string, end: LogEnd): LogFile {
    const file = openSync(logPath(folder, end.generation), "r+");
    try {
      ftruncateSync(file, end.bytes);
      return new LogFile(file, end);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  get entries(): number {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Hands an entry to the system. */
  append(entry: Entry): void {
    const { payload } = entry;
    const head = encodeHead(this.#entries, entry);
    // In one piece, unless it is so long that copying it costs more than a second call.
    const pieces = payload.length < 65_536 ? [Buffer.concat([head, payload])] : [head, payload];
    for (const piece of pieces) this.#bytes += writeNow(this.#file, piece, this.#bytes);
    this.#entries += 1;
  }

  /** Resolves once everything that was appended before is on the disk; `undefined` if it is. */
  synced(): Promise<void> | undefined {
    return this.#syncedBytes === this.#bytes ? undefined : this.#syncAll();
  }

  /** Returns once everything that was appended before is on the disk. */
  syncNow(): void {
    try {
      fdatasyncSync(this.#file);
      this.#syncedBytes = this.#bytes;
    } catch (error) {
      this.#lost ??= error as Error;
      throw error;
    }
  }

  /** Gives the file back; who still waits for something that is not on the disk is refused. */
  end(): void {
    this.#lost ??= new Error("the log has ended before it was on the disk");
    if (this.#syncing === undefined) closeIfPossible(this.#file);
    else void this.#syncing.catch(() => {}).then(() => closeIfPossible(this.#file));
  }

  /** One wait serves everybody who came before it began. */
  async #syncAll(): Promise<void> {
    const wanted = this.#bytes;
    while (this.#syncedBytes < wanted) {
      if (this.#lost !== undefined) throw this.#lost;
      this.#syncing ??= this.#syncOnce();
      await this.#syncing;
    }
  }

  async #syncOnce(): Promise<void> {
    const bytes = this.#bytes;
    try {
      await sync(this.#file);
      this.#syncedBytes = Math.max(this.#syncedBytes, bytes);
    } catch (error) {
      this.#lost ??= error as Error;
      throw error;
    } finally {
      this.#syncing = undefined;
    }
  }
}

/** What has to be on the disk is there by now, or is known not to be. */
function closeIfPossible(file: number): void {
  try {
    closeSync(file);
  } catch {
    // A file that cannot be closed loses nothing by it, and nobody could do anything about it.
  }
}
