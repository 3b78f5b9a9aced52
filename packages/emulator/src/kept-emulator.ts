// An emulator and the lease tables beside it, on a clock that can be moved, kept in a folder if one is named.
import { leaseTableOf } from "./create-request-handler.ts";
import { Emulator } from "./emulator.ts";
import type { EmulatorSettings } from "./emulator-options.ts";
import type { LeaseTableProxy } from "./lease-table/lease-table-proxy.ts";
import { MovableClock } from "./movable-clock.ts";
import { FolderJournal, type KeptState } from "./persist/folder-journal.ts";
import type { PersistSettings } from "./persist/persist-options.ts";
import type { Past } from "./persist/replay.ts";

/** Everything that a folder, or a snapshot, holds. */
export class KeptEmulator {
  readonly emulator: Emulator;
  readonly leaseTable: LeaseTableProxy;
  readonly clock: MovableClock;
  readonly #journal: FolderJournal | undefined;

  private constructor(settings: EmulatorSettings, journal: FolderJournal | undefined) {
    this.#journal = journal;
    this.clock = new MovableClock(settings.clock, () => journal?.changed());
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
    kept.#resume(await journal.load(kept.emulator.newLog));
    journal.begin(kept.state);
    kept.emulator.addStreams();
    return kept;
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

  /** Ends it, with everything on the disk. */
  async close(): Promise<void> {
    this.emulator.close();
    await this.#journal?.close();
  }

  #resume(past: Past): void {
    this.clock.resume(past.movedMs);
    this.emulator.resume(past);
    this.leaseTable.resume(past.leaseRows);
  }
}
