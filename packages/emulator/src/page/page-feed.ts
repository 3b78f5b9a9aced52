// The page's state, as text, for as long as somebody looks. Each viewer asks for the next state when the last one has been
// taken off its hands, at most twice a second; viewers share what is found. Nothing runs while there is none.
import { type Clock, LinkedSignal, sleep } from "@shardline/core";
import type { Emulator } from "../emulator.ts";
import type { LeaseTableProxy } from "../lease-table/lease-table-proxy.ts";
import { type Look, lookAt } from "./look.ts";
import { shapePage } from "./page-state.ts";
import { SeenTables } from "./seen-tables.ts";

/** How far apart two states are. */
export const STATE_INTERVAL_MS = 500;
/** Tells a viewer to whom nothing new can be told that somebody is there, and notices that he is not. */
const HEARTBEAT_MS = 15_000;
/** Rates are taken over about this time, in which a reader polls a few times. */
const RATE_WINDOW_MS = 2000;

/** What was found at one moment, and how it was told to those who look for a text in names. */
interface Found {
  readonly atMs: number;
  readonly look: Look;
  readonly before: Look | undefined;
  readonly texts: Map<string, string>;
}

/** Looks at an emulator for its viewers. */
export class PageFeed {
  readonly #emulator: Emulator;
  readonly #clock: Clock;
  readonly #tables: SeenTables;
  /** The last few, oldest first. */
  #looks: readonly Look[] = [];
  #latest: Found | undefined;

  constructor(emulator: Emulator, tables: Pick<LeaseTableProxy, "items" | "writes">) {
    this.#emulator = emulator;
    this.#clock = emulator.settings.clock;
    this.#tables = new SeenTables(tables, this.#clock);
  }

  /**
   * Server-sent events for one viewer, who wants to see the streams with a text in their names, until its signal aborts or
   * the emulator closes.
   */
  async *events(viewer: AbortSignal, named = ""): AsyncGenerator<Buffer, undefined> {
    using ended = new LinkedSignal(viewer, this.#emulator.faults.released);
    let told: string | undefined;
    let toldAtMs = Number.NEGATIVE_INFINITY;
    while (!ended.signal.aborted) {
      const text = this.#text(named);
      const nowMs = this.#clock.nowMs();
      if (text !== told) yield Buffer.from(`event: state\ndata: ${text}\n\n`);
      else if (nowMs - toldAtMs >= HEARTBEAT_MS) yield Buffer.from(": nothing new\n\n");
      else {
        await this.#pause(ended.signal);
        continue;
      }
      told = text;
      toldAtMs = nowMs;
      await this.#pause(ended.signal);
    }
    return undefined;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    await sleep(this.#clock, STATE_INTERVAL_MS, signal).catch(() => undefined);
  }

  /** The state of now, or one that another viewer was just told. */
  #text(named: string): string {
    const nowMs = this.#clock.nowMs();
    if (this.#latest === undefined || nowMs - this.#latest.atMs >= STATE_INTERVAL_MS / 2) {
      this.#latest = { atMs: nowMs, ...this.#find(nowMs), texts: new Map() };
    }
    const { before, look, texts } = this.#latest;
    const text = texts.get(named) ?? JSON.stringify(shapePage(look, before, named));
    texts.set(named, text);
    return text;
  }

  #find(nowMs: number): Pick<Found, "before" | "look"> {
    const look = lookAt(this.#emulator, this.#tables);
    const isRecent = (past: Look): boolean => nowMs - past.nowMs <= 2 * RATE_WINDOW_MS;
    const recent = this.#looks.filter(isRecent);
    const isOldEnough = (past: Look): boolean => nowMs - past.nowMs >= RATE_WINDOW_MS;
    const before = recent.findLast(isOldEnough) ?? recent[0];
    this.#looks = [...recent, look];
    return { look, before };
  }
}
