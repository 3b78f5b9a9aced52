// Which of a world's streams are to be read, since when, and whether all that run read them: for what holds of each stream by
// itself, and of those only that are named. In a world of one stream that is always to be read.
import type { Lease } from "@shardline/consumer";
import type { Checker, Sights } from "./journal.ts";
import type { EntryOf, TimedEntry } from "./journal-entry.ts";
import { WORLD } from "./story.ts";
import { prefixOf, type ShardNames, type SimStream } from "./shard-names.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** What a consumer tells when it cannot read a stream any more. */
const ENDS: ReadonlySet<string> = new Set(["streamFailed", "streamRemoved"]);

/** How a stream stands. */
interface Standing {
  isNamed: boolean;
  namedAtMs: number;
  /** Since when, once the faults were over, and its own trouble, everybody has read it for the first time. */
  readByAllSinceMs: number;
  troubledUntilMs: number;
  /** Processes that read it. */
  readonly readers: Set<string>;
}

/** Kept up to date by a journal. */
export class NamedStreams implements Checker {
  readonly name = "named streams";
  readonly sights = {
    streams: (entry: EntryOf<"streams">): void => this.#noteNamed(entry),
    world: (entry: EntryOf<"world">): void => this.#noteTrouble(entry),
    table: ({ atMs }: EntryOf<"table">): void => {
      if (this.unread.length > 0) this.#lookWhoReads(atMs);
    },
    lease: (entry: EntryOf<"lease">): void => this.#noteReader(entry),
    life: ({ atMs, process, what }: EntryOf<"life">): void => {
      if (what === "paused" || what === "told to stop") return;
      for (const { readers } of this.#standings.values()) readers.delete(process);
      this.#lookWhoReads(atMs);
    },
    phase: ({ atMs, phase }: EntryOf<"phase">): void => {
      if (phase === "healed") this.#healedAtMs = atMs;
      this.#lookWhoReads(atMs);
    },
  };
  readonly #names: ShardNames;
  readonly #running: () => readonly string[];
  readonly #isAlone: boolean;
  /** By prefix. */
  readonly #standings: ReadonlyMap<string, Standing>;
  #healedAtMs = NEVER;

  /** `running`: the workers that are there to stay. */
  constructor(names: ShardNames, running: () => readonly string[]) {
    this.#names = names;
    this.#running = running;
    this.#isAlone = names.streams.length === 1;
    const isNamed = this.#isAlone;
    const readByAllSinceMs = isNamed ? 0 : NEVER;
    const begun = { isNamed, readByAllSinceMs, namedAtMs: 0, troubledUntilMs: 0 };
    this.#standings = new Map(
      names.streams.map(({ prefix }) => [prefix, { ...begun, readers: new Set() }]),
    );
  }

  /** Whether a shard is of a stream that is to be read. */
  isNamed(shardName: string): boolean {
    return this.#isAlone || this.#standingOf(shardName)?.isNamed === true;
  }

  /** Since when the stream of a shard is; later than now if it is not. */
  namedSinceMs(shardName: string): number {
    const standing = this.#standingOf(shardName);
    return standing?.isNamed === true ? standing.namedAtMs : NEVER;
  }

  /** Since when everybody has read the stream of a shard, or did once; later than now if that is not so since the faults. */
  readByAllSinceMs(shardName: string): number {
    return this.#isAlone ? 0 : (this.#standingOf(shardName)?.readByAllSinceMs ?? NEVER);
  }

  /** When the faults were over; later than now if they are not. */
  get healedAtMs(): number {
    return this.#healedAtMs;
  }

  /** Those that are to be read and that not everybody has read since the faults. */
  get unread(): readonly SimStream[] {
    return this.#names.streams.filter(({ prefix }) => {
      const standing = this.#standings.get(prefix);
      return standing?.isNamed === true && standing.readByAllSinceMs === NEVER;
    });
  }

  /** A checker for each stream, shown only its leases and what is written to them, and only while it is to be read. */
  each(
    leases: () => readonly Lease[],
    make: (leases: () => readonly Lease[], stream: SimStream) => Checker,
  ): readonly Checker[] {
    const [only] = this.#names.streams;
    if (this.#names.streams.length === 1 && only !== undefined) return [make(leases, only)];
    return this.#names.streams.map((stream) => {
      const own = () => leases().filter(({ key }) => key.startsWith(stream.prefix));
      return this.#shown(stream, make(own, stream));
    });
  }

  #shown({ prefix }: SimStream, checker: Checker): Checker {
    const isNamed = (): boolean => this.isNamed(prefix);
    const sights = Object.entries(checker.sights ?? {}).map(([kind, see]) => {
      const look = see as (entry: TimedEntry) => void;
      const seeOwn = (entry: TimedEntry): void => {
        const isOther = entry.kind === "table" && !entry.key.startsWith(prefix);
        if (isNamed() && !isOther) look(entry);
      };
      return [kind, seeOwn];
    });
    const shown = {
      name: checker.name,
      sights: Object.fromEntries(sights) as Sights,
      look: () => (isNamed() ? checker.look?.() : undefined),
      atEnd: () => (isNamed() ? checker.atEnd?.() : undefined),
    };
    if (checker.dueAtMs === undefined) return shown;
    const due = { get: (): number => (isNamed() ? (checker.dueAtMs ?? NEVER) : NEVER) };
    return Object.defineProperty(shown, "dueAtMs", due);
  }

  #noteNamed({ atMs, named, process, unnamed }: EntryOf<"streams">): void {
    if (process !== WORLD) return;
    for (const prefix of unnamed) this.#change(prefix, false, atMs);
    for (const prefix of named) this.#change(prefix, true, atMs);
  }

  #change(prefix: string, isNamed: boolean, atMs: number): void {
    const standing = this.#standings.get(prefix);
    if (standing === undefined || standing.isNamed === isNamed) return;
    standing.isNamed = isNamed;
    standing.readByAllSinceMs = NEVER;
    if (isNamed) standing.namedAtMs = atMs;
    this.#lookWhoReads(atMs);
  }

  #noteTrouble({ atMs, trouble }: EntryOf<"world">): void {
    if (trouble === undefined) return;
    const standing = this.#standings.get(trouble.stream);
    if (standing === undefined) return;
    standing.readByAllSinceMs = NEVER;
    standing.troubledUntilMs = atMs + trouble.forMs;
  }

  #noteReader({ atMs, fields, process, what }: EntryOf<"lease">): void {
    if (what !== "streamStarted" && !ENDS.has(what)) return;
    const { stream } = fields as { readonly stream: string };
    const prefix = this.#names.streams.find(({ name }) => name === stream)?.prefix ?? "";
    const readers = this.#standings.get(prefix)?.readers;
    if (ENDS.has(what)) readers?.delete(process);
    else readers?.add(process);
    this.#lookWhoReads(atMs);
  }

  #lookWhoReads(atMs: number): void {
    if (this.#healedAtMs === NEVER) return;
    const running = this.#running();
    for (const standing of this.#standings.values()) {
      const { isNamed, readByAllSinceMs, readers, troubledUntilMs } = standing;
      if (!isNamed || readByAllSinceMs !== NEVER || atMs < troubledUntilMs) continue;
      const isReadByAll = running.length > 0 && running.every((process) => readers.has(process));
      if (isReadByAll) standing.readByAllSinceMs = atMs;
    }
  }

  #standingOf(shardName: string): Standing | undefined {
    return this.#standings.get(prefixOf(shardName));
  }
}
