// Keeps an emulator in a folder: what happens goes to the log before it is answered, and once the log has grown large a
// snapshot is written beside the calls.
//
//   loading --- begin ---> open --- close, everything is on the disk ---> closed
//                          open --- the folder cannot be written ---> failed
//                          open --- replaceAll ---> replacing --- changed, to be written as a whole ---> open
//                                                   replacing --- the change has failed ---> failed
import type { EmulatorJournal, Settling } from "../emulator-journal.ts";
import type { LeaseRow, OwnedRows } from "../lease-table/lease-rows.ts";
import { ServiceException } from "../service-exception.ts";
import type { PackedRecord, ShardPlace } from "../stream/journal.ts";
import type { Caller } from "../stream/namespace.ts";
import type { ShardLog } from "../stream/shard-log.ts";
import { type Change, changesEntry } from "./change.ts";
import { ChangeDiff, type Kept } from "./change-diff.ts";
import { commandError, refusedBySystem } from "./damage.ts";
import type { Entry } from "./entry.ts";
import { makeFolder, syncFolder, writeSnapshot, writeSnapshotNow } from "./folder-files.ts";
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
  | { readonly kind: "replacing"; readonly log: LogFile }
  | { readonly kind: "failed"; readonly problem: string }
  | { readonly kind: "closed" };

/** What it fails at. */
type Failing = "cannot write to" | "has failed at replacing all of";

/** Of the first log of a folder. */
const FIRST = { generation: 0, follows: 0 };
/** An entry has one record more at most; a call of the API stores less. */
const FULL_BATCH_BYTES = 16 * 1024 * 1024;
const STARTED: Change = { kind: "started" };

/** A folder and the emulator in it. */
export class FolderJournal implements EmulatorJournal {
  readonly #settings: PersistSettings;
  readonly #lock: Disposable;
  readonly #batch = new RecordBatch();
  #diff = new ChangeDiff();
  #state: JournalState = { kind: "loading" };
  #reading: FolderReading | undefined;
  /** What there is to say about files that are of no use any more. */
  #leftOver: readonly string[] = [];
  #snapshotBytes = 0;
  /** How large the log was when it could not be replaced; it grows as much again before that is tried once more. */
  #triedAtBytes = 0;
  #compacting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

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
      makeFolder(folder);
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
    return [...(this.#reading?.warnings ?? []), ...this.#leftOver];
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
    const tracked = this.#diff.changes(kept);
    try {
      const log =
        end === undefined
          ? LogFile.create(folder, FIRST, [changesEntry([STARTED, ...tracked])])
          : LogFile.resume(folder, end);
      this.#state = { kind: "open", log, kept };
      // Also of a log that was made just before its emulator was killed.
      syncFolder(folder);
      if (end !== undefined) log.append(changesEntry([STARTED]));
      this.#leftOver = removeOlder(folder, this.#reading?.first ?? 0);
    } catch (error) {
      throw refusedBySystem({ file: folder }, error);
    }
  }

  recorded(place: ShardPlace, record: PackedRecord): void {
    this.#batch.add(place, record);
    // One call can store more than an entry holds.
    if (this.#batch.length >= FULL_BATCH_BYTES) this.#writeRecords();
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
    if (this.#state.kind === "closed") {
      throw new ServiceException("InternalFailure", "The emulator has been closed.");
    }
    if (this.#state.kind === "failed") throw refusal(this.#state.problem);
  }

  flush(): void {
    this.#writeRecords();
    this.#compactIfLarge();
    this.requireWritable();
  }

  settling(): Settling {
    const isWaiting = this.#settings.survives === "machine" && this.#state.kind === "open";
    return isWaiting ? () => this.#settled() : () => undefined;
  }

  /**
   * Forgets what was kept, for what there is after a change, once nothing is written beside the calls. Until that is written as a
   * whole the folder holds what was, whatever happens. `prepare` answers the change, or throws if there is to be none.
   * @throws ServiceException InternalFailure, having changed nothing if nothing could be written before
   */
  async replaceAll(prepare: () => () => void): Promise<void> {
    // Behind this nothing waits any more, so that nothing comes in between.
    while (this.#compacting !== undefined) await this.#compacting;
    this.#writeRecords();
    this.requireWritable();
    const change = prepare();
    if (this.#state.kind !== "open") return change();
    const { log, kept } = this.#state;
    this.#state = { kind: "replacing", log };
    this.#attempt("has failed at replacing all of", change);
    this.requireWritable();
    // It is in what is written now.
    this.#batch.take();
    this.#state = { kind: "open", log, kept };
    this.#attempt("cannot write to", () => this.#writeAnew(kept));
    this.requireWritable();
  }

  /**
   * Ends, with everything on the disk.
   * @throws KinesisError PERSISTENCE_FAILED where it is not, also if that was known; the folder is given back all the same
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    while (this.#compacting !== undefined) await this.#compacting;
    this.#writeRecords();
    try {
      if (this.#state.kind === "open") this.#state.log.syncNow();
    } catch (error) {
      this.#fail("cannot write to", error);
      throw refusedBySystem({ file: this.#settings.folder }, error);
    } finally {
      this.#lock[Symbol.dispose]();
    }
    if (this.#state.kind === "failed")
      throw commandError(this.#settings.folder, refusal(this.#state.problem));
    this.#end({ kind: "closed" });
  }

  #settled(): Promise<void> | undefined {
    if (this.#state.kind === "failed") return Promise.reject(refusal(this.#state.problem));
    if (this.#state.kind !== "open") return undefined;
    return this.#state.log.synced()?.catch((error: unknown) => {
      this.#fail("cannot write to", error);
      this.requireWritable();
    });
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
    this.#write(changesEntry(changes));
  }

  #writeRecords(): void {
    if (this.#batch.length > 0) this.#write({ kind: "records", payload: this.#batch.take() });
  }

  #write(entry: Entry): void {
    if (this.#state.kind !== "open") return;
    const { log } = this.#state;
    this.#attempt("cannot write to", () => log.append(entry));
  }

  /** Fails as a whole where this does; `requireWritable` says so. */
  #attempt(failing: Failing, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(failing, error);
    }
  }

  /** The first failure counts: whatever comes behind it may be its consequence. */
  #fail(failing: Failing, error: unknown): void {
    if (!("log" in this.#state)) return;
    const problem = `The emulator ${failing} ${this.#settings.folder}: ${String(error)}`;
    this.#end({ kind: "failed", problem });
  }

  /** Nothing more is written. */
  #end(ended: Extract<JournalState, { kind: "failed" | "closed" }>): void {
    if ("log" in this.#state) this.#state.log.end();
    this.#state = ended;
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

  /**
   * What happens from now on goes to a log of its own; if there can be none, nothing is changed. The one before is on the
   * disk as a whole by then, because the new one says how much it has.
   */
  #turnLog(): LogFile {
    const { folder } = this.#settings;
    const { log, kept } = this.#state as Extract<JournalState, { kind: "open" }>;
    this.#attempt("cannot write to", () => log.syncNow());
    this.requireWritable();
    const header = { generation: log.generation + 1, follows: log.entries };
    const next = LogFile.create(folder, header, []);
    log.end();
    this.#state = { kind: "open", log: next, kept };
    this.#attempt("cannot write to", () => syncFolder(folder));
    this.requireWritable();
    return next;
  }
}

function refusal(problem: string): ServiceException {
  return new ServiceException(
    "InternalFailure",
    `${problem}. It accepts nothing until it is started again.`,
  );
}
