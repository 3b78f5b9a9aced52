// Keeps an emulator in a folder: what happens goes to the log before it is answered, and once the log has grown large a
// snapshot is written beside the calls.
//
//   loading --- begin ---> open --- close ---> closed
//                          open --- the folder cannot be written ---> failed
//                          open --- replaceAll ---> replacing --- written as a whole ---> open
import { mkdirSync } from "node:fs";
import type { EmulatorJournal } from "../emulator-journal.ts";
import type { LeaseRow, OwnedRows } from "../lease-table/lease-rows.ts";
import { ServiceException } from "../service-exception.ts";
import type { PackedRecord, ShardPlace } from "../stream/journal.ts";
import type { Caller } from "../stream/namespace.ts";
import type { ShardLog } from "../stream/shard-log.ts";
import { type Change, encodeChanges } from "./change.ts";
import { ChangeDiff, type Kept } from "./change-diff.ts";
import { refusedBySystem } from "./damage.ts";
import type { EntryKind } from "./entry.ts";
import { writeSnapshot, writeSnapshotNow } from "./folder-files.ts";
import { removeOlder } from "./folder-listing.ts";
import { lockFolder } from "./folder-lock.ts";
import { LogFile } from "./log-file.ts";
import type { PersistSettings } from "./persist-options.ts";
import { type FolderReading, readFolder } from "./read-folder.ts";
import { RecordBatch } from "./record-batch.ts";
import { type Past, Replay } from "./replay.ts";
import { snapshotEntries } from "./snapshot.ts";

/** What is kept. */
export interface KeptState extends Kept {
  leaseRows(): Iterable<OwnedRows>;
}

type JournalState =
  | { readonly kind: "loading" }
  | { readonly kind: "open"; readonly log: LogFile; readonly kept: KeptState }
  | { readonly kind: "replacing" }
  | { readonly kind: "failed"; readonly problem: string }
  | { readonly kind: "closed" };

/** A folder and the emulator in it. */
export class FolderJournal implements EmulatorJournal {
  readonly #settings: PersistSettings;
  readonly #lock: Disposable;
  readonly #batch = new RecordBatch();
  #diff = new ChangeDiff();
  #state: JournalState = { kind: "loading" };
  #reading: FolderReading | undefined;
  #snapshotBytes = 0;
  /** How large the log was when it could not be replaced; it grows as much again before that is tried once more. */
  #triedAtBytes = 0;
  #compacting: Promise<void> | undefined;

  private constructor(settings: PersistSettings, lock: Disposable) {
    this.#settings = settings;
    this.#lock = lock;
  }

  /**
   * Takes a folder, which is made if it is not there.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  static open(settings: PersistSettings): FolderJournal {
    const { folder } = settings;
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw refusedBySystem({ file: folder }, error);
    }
    const lock = lockFolder(folder);
    return new FolderJournal({ ...settings, folder: lock.folder }, lock);
  }

  /** Where the folder truly is. */
  get folder(): string {
    return this.#settings.folder;
  }

  /** What there was to say about the folder. */
  get warnings(): readonly string[] {
    return this.#reading?.warnings ?? [];
  }

  /**
   * What the folder holds.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  async load(newLog: () => ShardLog): Promise<Past> {
    const replay = new Replay(newLog);
    try {
      this.#reading = await readFolder(this.#settings.folder, replay);
    } catch (error) {
      throw refusedBySystem({ file: this.#settings.folder }, error);
    }
    replay.leaveNumbersOut();
    return replay.finish(this.#reading.place);
  }

  /**
   * Keeps what happens from now on. What was loaded is there again by now.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  begin(kept: KeptState): void {
    const { folder } = this.#settings;
    const end = this.#reading?.log;
    try {
      const log = end === undefined ? LogFile.create(folder, 0, 0) : LogFile.resume(folder, end);
      this.#state = { kind: "open", log, kept };
      removeOlder(folder, this.#reading?.first ?? 0);
      const tracked = this.#diff.changes(kept);
      const changes: Change[] = [{ kind: "started" }, ...(end === undefined ? tracked : [])];
      log.append({ kind: "changes", payload: encodeChanges(changes) });
    } catch (error) {
      throw refusedBySystem({ file: folder }, error);
    }
  }

  recorded(place: ShardPlace, record: PackedRecord): void {
    this.#batch.add(place, record);
  }

  changed(): void {
    if (this.#state.kind !== "open") return;
    const changes = this.#diff.changes(this.#state.kept);
    if (changes.length > 0) this.#writeChanges(changes);
  }

  /**
   * Keeps rows of lease tables.
   * @throws ServiceException InternalFailure
   */
  rowsChanged(owner: Caller, rows: readonly LeaseRow[]): void {
    this.requireWritable();
    this.#compactIfLarge();
    this.#writeChanges([{ kind: "lease-rows", owner, rows }]);
    this.requireWritable();
  }

  requireWritable(): void {
    if (this.#state.kind !== "failed") return;
    const { folder } = this.#settings;
    throw new ServiceException(
      "InternalFailure",
      `The emulator cannot write to ${folder}: ${this.#state.problem}. It accepts nothing until it is started again.`,
    );
  }

  flush(): void {
    this.#writeRecords();
    this.requireWritable();
    this.#compactIfLarge();
  }

  settled(): Promise<void> | undefined {
    if (this.#settings.survives === "process" || this.#state.kind !== "open") return undefined;
    return this.#state.log.synced()?.catch((error: unknown) => {
      this.#fail(error);
      this.requireWritable();
    });
  }

  /** Waits until what is written beside the calls is written; what follows at once is not disturbed by it. */
  async compacted(): Promise<void> {
    while (this.#compacting !== undefined) await this.#compacting;
  }

  /**
   * Forgets what was kept, for what there is after a change; nothing may be written beside it. Until that is written as a whole
   * the folder holds what was, whatever happens.
   * @throws ServiceException InternalFailure, having changed nothing if nothing could be written before
   */
  replaceAll(change: () => void): void {
    this.#writeRecords();
    this.requireWritable();
    const before = this.#state;
    if (before.kind !== "open") return change();
    this.#state = { kind: "replacing" };
    try {
      change();
      // It is in what is written now.
      this.#batch.take();
      this.#state = before;
      this.#writeAnew(before.kept);
    } catch (error) {
      this.#fail(error);
    }
    this.requireWritable();
  }

  /** Ends, with everything on the disk. */
  async close(): Promise<void> {
    if (this.#state.kind === "closed") return;
    await this.compacted();
    this.#writeRecords();
    try {
      if (this.#state.kind === "open") this.#state.log.close();
    } finally {
      this.#state = { kind: "closed" };
      this.#lock[Symbol.dispose]();
    }
  }

  #writeAnew(kept: KeptState): void {
    const { generation } = this.#turnLog();
    const entries = snapshotEntries(kept, kept.leaseRows());
    this.#snapshotWritten(generation, writeSnapshotNow(this.#settings.folder, generation, entries));
    this.#diff = new ChangeDiff();
    this.#diff.changes(kept);
  }

  #writeChanges(changes: readonly Change[]): void {
    this.#writeRecords();
    this.#write("changes", encodeChanges(changes));
  }

  #writeRecords(): void {
    if (this.#batch.length > 0) this.#write("records", this.#batch.take());
  }

  #write(kind: EntryKind, payload: Buffer): void {
    if (this.#state.kind !== "open") return;
    try {
      this.#state.log.append({ kind, payload });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#state = { kind: "failed", problem: String(error) };
  }

  /** Where there is no room for a snapshot there may be some for the log, which has everything: it goes on for as long. */
  #compactIfLarge(): void {
    if (this.#state.kind !== "open" || this.#compacting !== undefined) return;
    const { kept, log } = this.#state;
    const most = Math.max(this.#settings.maxLogBytes, this.#snapshotBytes);
    if (log.bytes <= this.#triedAtBytes + most) return;
    this.#compacting = this.#compact(kept)
      .catch(() => {
        if (this.#state.kind === "open") this.#triedAtBytes = this.#state.log.bytes;
      })
      .finally(() => {
        this.#compacting = undefined;
      });
  }

  async #compact(kept: KeptState): Promise<void> {
    const { generation } = this.#turnLog();
    const entries = snapshotEntries(kept, kept.leaseRows());
    const bytes = await writeSnapshot(this.#settings.folder, generation, entries);
    this.#snapshotWritten(generation, bytes);
  }

  #snapshotWritten(generation: number, bytes: number): void {
    this.#snapshotBytes = bytes;
    this.#triedAtBytes = 0;
    removeOlder(this.#settings.folder, generation);
  }

  /** What happens from now on goes to a log of its own; if there can be none, nothing is changed. */
  #turnLog(): LogFile {
    const { log, kept } = this.#state as Extract<JournalState, { kind: "open" }>;
    const next = LogFile.create(this.#settings.folder, log.generation + 1, log.entries);
    this.#state = { kind: "open", log: next, kept };
    try {
      log.close();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    return next;
  }
}
