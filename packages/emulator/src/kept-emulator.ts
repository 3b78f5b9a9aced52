// An emulator and the lease tables beside it, on a clock that can be moved, kept in a folder if one is named.
import type { Shard } from "@shardline/core";
import { leaseTableOf } from "./create-request-handler.ts";
import type { Injected } from "./control/inject.ts";
import { Emulator } from "./emulator.ts";
import type { Control } from "./http/control.ts";
import { keptChange, keptRecords } from "./emulator-journal.ts";
import type { EmulatorSettings } from "./emulator-options.ts";
import type { LeaseTableProxy } from "./lease-table/lease-table-proxy.ts";
import { MovableClock } from "./movable-clock.ts";
import { commandError } from "./persist/damage.ts";
import { FolderJournal, type KeptState } from "./persist/folder-journal.ts";
import type { PersistSettings } from "./persist/persist-options.ts";
import { readSnapshot } from "./persist/read-snapshot.ts";
import { type Past, Replay } from "./persist/replay.ts";
import { fileOf, snapshotEntries } from "./persist/snapshot.ts";
import type { Caller } from "./stream/namespace.ts";

/** Everything that a folder, or a snapshot, holds. */
export class KeptEmulator implements Control {
  readonly emulator: Emulator;
  readonly leaseTable: LeaseTableProxy;
  readonly clock: MovableClock;
  readonly #journal: FolderJournal | undefined;

  private constructor(settings: EmulatorSettings, journal: FolderJournal | undefined) {
    this.#journal = journal;
    this.clock = new MovableClock(settings.clock, (move) => this.#command(move));
    this.emulator = new Emulator({ ...settings, clock: this.clock }, journal);
    this.leaseTable = leaseTableOf(this.emulator, journal);
  }

  /**
   * Starts one, with what the folder holds.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  static async start(
    settings: EmulatorSettings,
    persist: PersistSettings | undefined,
  ): Promise<KeptEmulator> {
    if (persist === undefined) return new KeptEmulator(settings, undefined);
    const journal = FolderJournal.open(persist);
    const kept = new KeptEmulator(settings, journal);
    try {
      kept.#resume(await journal.load(kept.emulator.newLog));
      journal.begin(kept.state);
      kept.#command(() => kept.emulator.addStreams());
      return kept;
    } catch (error) {
      // Why it cannot be ended in order either is of no account beside this.
      await kept.close().catch(() => {});
      throw error;
    }
  }

  /** What there was to say about the folder. */
  get warnings(): readonly string[] {
    return this.#journal?.warnings ?? [];
  }

  /** What is kept. */
  get state(): KeptState {
    return {
      movedMs: () => this.clock.movedMs,
      namespaces: () => this.emulator.namespaces(),
      leaseRows: () => this.leaseTable.rows(),
    };
  }

  get caller(): Caller {
    return this.emulator.caller;
  }

  /**
   * As `Emulator.reshard`.
   * @throws KinesisError as that, or PERSISTENCE_FAILED
   */
  reshard(...request: Parameters<Emulator["reshard"]>): readonly Shard[] {
    return this.#command(() => this.emulator.reshard(...request));
  }

  /**
   * As `Emulator.inject`.
   * @throws KinesisError as that, or PERSISTENCE_FAILED
   */
  inject(...records: Parameters<Emulator["inject"]>): readonly Injected[] {
    return this.#command(() => this.emulator.inject(...records), keptRecords);
  }

  /**
   * As `Emulator.reset`, and without lease tables.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  async reset(): Promise<void> {
    await this.#replaceAll(() => () => {
      this.emulator.reset();
      this.leaseTable.resume([]);
    });
  }

  /** Everything, in the form of a file of the folder. */
  snapshot(): Uint8Array {
    const { state } = this;
    const header = { kind: "snapshot", generation: 0, follows: 0 } as const;
    const file = fileOf(header, snapshotEntries(state, state.leaseRows()));
    return new Uint8Array(Buffer.concat(Array.from(file, (piece) => Buffer.from(piece))));
  }

  /**
   * Everything is as it was when a snapshot was taken, but for the clock, which does not go back, and for faults.
   * @throws KinesisError PERSISTENCE_FAILED: if the snapshot is damaged or the folder has failed before, nothing is changed
   */
  async restore(snapshot: Uint8Array): Promise<void> {
    await this.#replaceAll(() => {
      // It is stored already, beside what there is.
      const past = this.#read(snapshot);
      return () => {
        this.emulator.clear();
        this.#resume(past);
      };
    });
  }

  /**
   * For a command that begins now: resolves once it is as safe as it was asked to be.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  settling(): () => Promise<void> {
    const settling = this.#journal?.settling();
    return async () => settling?.()?.catch(this.#refuse);
  }

  /**
   * Ends it, with everything on the disk.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  async close(): Promise<void> {
    this.emulator.close();
    await this.#journal?.close().catch(this.#refuse);
  }

  #read(snapshot: Uint8Array): Past {
    const replay = new Replay(this.emulator.newLog);
    try {
      return readSnapshot(snapshot, replay);
    } catch (error) {
      replay.discard();
      throw error;
    }
  }

  /** Does what may change anything, and keeps it; does nothing if it cannot be kept. */
  #command<Outcome>(act: () => Outcome, keep: typeof keptChange = keptChange): Outcome {
    const journal = this.#journal;
    return this.#told(() => (journal === undefined ? act() : keep(journal, act)));
  }

  /** `prepare` answers what is to be done at once. */
  async #replaceAll(prepare: () => () => void): Promise<void> {
    if (this.#journal === undefined) prepare()();
    else await this.#journal.replaceAll(prepare).catch(this.#refuse);
  }

  #told<Outcome>(act: () => Outcome): Outcome {
    try {
      return act();
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** What the folder refuses to keep is told by the error that commands have. */
  readonly #refuse = (error: unknown): never => {
    const journal = this.#journal;
    throw journal === undefined ? error : commandError(journal.folder, error);
  };

  #resume(past: Past): void {
    this.clock.moveTo(Math.max(past.movedMs, this.clock.movedMs));
    this.emulator.resume(past);
    this.leaseTable.resume(past.leaseRows);
  }
}
