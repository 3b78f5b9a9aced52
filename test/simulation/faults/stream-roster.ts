// Which streams the workers of a world are to read, and what each of them is told when it asks: one more while they run, one
// less for a while or for good, and now and then no answer, one that lacks a stream, or one that names none.
import type { StreamInput, StreamsOption } from "@shardline/consumer";
import { type Clock, type Random, sleep } from "@shardline/core";
import type { Journal } from "../evidence/journal.ts";
import type { SimStream } from "../evidence/shard-names.ts";
import { WORLD } from "../evidence/story.ts";
import type { SimProcess } from "../fleet/sim-process.ts";
import { drawDelayMs } from "../odds.ts";
import type { StreamOdds } from "./stream-odds.ts";
import type { FaultCounts } from "./fault-counts.ts";
import type { Befall } from "./incidents.ts";

/** An answer is on its way for so long at most. */
const MAX_ANSWER_MS = 500;
/** One is away for so long at least. */
const MIN_REMOVED_MS = 5000;
const NEVER = Number.POSITIVE_INFINITY;
const ARN = "arn:aws:kinesis:us-east-1";

export interface StreamRosterParts {
  readonly streams: readonly SimStream[];
  readonly odds: StreamOdds;
  readonly startAt: "TRIM_HORIZON" | "AT_TIMESTAMP" | "LATEST";
  readonly random: Random;
  readonly journal: Journal;
  readonly faults: FaultCounts;
}

/** What makes streams come and go. */
interface Movers {
  /** Dies when the faults are over. */
  readonly clock: Clock;
  readonly befall: Befall;
}

export class StreamRoster {
  readonly #parts: StreamRosterParts;
  #named: readonly SimStream[];
  /** To be named later. */
  #coming: SimStream | undefined;
  /** Taken out, to be put back. */
  #away: SimStream | undefined;
  /** Processes whose last answer named none. */
  readonly #toldOfNone = new Set<string>();
  #isHealed = false;

  constructor(parts: StreamRosterParts) {
    const { odds, streams } = parts;
    this.#parts = parts;
    this.#coming = odds.source === "function" && odds.addedAfterMs > 0 ? streams.at(-1) : undefined;
    this.#named = streams.filter((stream) => stream !== this.#coming);
  }

  /** Those that are to be read just now. */
  get named(): readonly SimStream[] {
    return this.#named;
  }

  /** Streams come and go from now on. */
  begin({ befall, clock }: Movers): void {
    const { odds, random } = this.#parts;
    this.#tell(WORLD, 0, this.#named);
    if (odds.addedAfterMs < NEVER) clock.startTimer(odds.addedAfterMs, () => this.#add(befall));
    this.#awaitRemoval({ befall, clock }, odds, random);
  }

  /** Nobody is told anything wrong any more, and what was away for a while is back. */
  heal(): void {
    this.#isHealed = true;
    this.#putBack();
    if (this.#parts.odds.addedAfterMs < NEVER) this.add();
  }

  /** The last one is named, if it is not yet. */
  add(): void {
    if (this.#coming === undefined) return;
    this.#name([...this.#named, this.#coming]);
    this.#coming = undefined;
  }

  /** The option of a worker. */
  optionOf(process: SimProcess): StreamsOption {
    const { odds } = this.#parts;
    const { deleteAfterMs, everyMs, source } = odds;
    if (source === "list") return this.#named.map((stream) => this.#inputOf(stream));
    return {
      everyMs,
      list: (signal) => this.#answer(process, signal),
      former: deleteAfterMs < NEVER ? { deleteAfterMs } : "keep",
    };
  }

  async #answer(process: SimProcess, signal: AbortSignal): Promise<readonly StreamInput[]> {
    const { faults, odds, random } = this.#parts;
    await sleep(process, random.next() * MAX_ANSWER_MS, signal);
    const [share, place] = [random.next(), random.next()];
    if (!this.#isHealed && share < odds.failedAnswer) {
      faults.add("streams: no answer");
      throw new Error("nobody knows the streams just now");
    }
    if (this.#isToldOfNone(process.name, share)) return [];
    const mayBeShort = !this.#isHealed && this.#named.length > 1;
    const isShort = mayBeShort && share < odds.failedAnswer + odds.shortAnswer;
    const lacking = isShort ? this.#named[Math.floor(place * this.#named.length)] : undefined;
    if (isShort) faults.add("streams: one is missing");
    const told = this.#named.filter((stream) => stream !== lacking);
    this.#tell(process.name, process.nowMs(), told);
    return told.map((stream) => this.#inputOf(stream));
  }

  /** Nobody hears twice in a row that there is none: a consumer would believe it, and what it does not believe tells it nothing. */
  #isToldOfNone(process: string, share: number): boolean {
    const { faults, odds } = this.#parts;
    const from = odds.failedAnswer + odds.shortAnswer;
    const isEmpty = share >= from && share < from + odds.emptyAnswer;
    const wasEmpty = this.#toldOfNone.delete(process);
    if (this.#isHealed || wasEmpty || !isEmpty) return false;
    this.#toldOfNone.add(process);
    faults.add("streams: none is named");
    return true;
  }

  #inputOf({ name, prefix }: SimStream): StreamInput {
    const { odds, startAt, streams } = this.#parts;
    const [account = ""] = prefix.split(":");
    const stream = {
      name,
      ARN: `${ARN}:${account}:stream/${name}`,
      "name of the KCL": prefix.slice(0, -1),
    }[odds.naming];
    // Of one that is named later nothing is to be left out.
    const isLate = odds.addedAfterMs > 0 && name === streams.at(-1)?.name;
    return startAt === "LATEST" && isLate
      ? { stream, label: name, startAt: "TRIM_HORIZON" }
      : { stream, label: name };
  }

  #add(befall: Befall): void {
    if (this.#coming === undefined) return;
    befall(WORLD, "stream added", `${this.#coming.name} is to be read as well`);
    this.add();
  }

  #awaitRemoval(movers: Movers, odds: StreamOdds, random: Random): void {
    if (odds.removedMs === NEVER) return;
    movers.clock.startTimer(drawDelayMs(odds.removedMs, random), () => this.#remove(movers));
  }

  /** Never the last one. */
  #remove(movers: Movers): void {
    const { odds, random } = this.#parts;
    const [first] = this.#named;
    if (this.#named.length === 1 || first === undefined) {
      this.#awaitRemoval(movers, odds, random);
      return;
    }
    const gone = this.#named[Math.floor(random.next() * this.#named.length)] ?? first;
    movers.befall(WORLD, "stream taken out", `${gone.name} is not to be read any more`);
    this.#name(this.#named.filter((stream) => stream !== gone));
    if (odds.maxRemovedMs === NEVER) return;
    this.#away = gone;
    const longestMs = Math.max(0, odds.maxRemovedMs - MIN_REMOVED_MS);
    movers.clock.startTimer(MIN_REMOVED_MS + random.next() * longestMs, () => {
      this.#putBack();
      this.#awaitRemoval(movers, odds, random);
    });
  }

  #putBack(): void {
    if (this.#away === undefined) return;
    this.#name([...this.#named, this.#away]);
    this.#away = undefined;
  }

  #name(named: readonly SimStream[]): void {
    this.#named = named;
    this.#tell(WORLD, 0, named);
  }

  #tell(process: string, localMs: number, told: readonly SimStream[]): void {
    const named = told.map(({ prefix }) => prefix);
    const others = this.#parts.streams.filter((stream) => !told.includes(stream));
    const unnamed = others.map(({ prefix }) => prefix);
    this.#parts.journal.write({ kind: "streams", process, localMs, named, unnamed });
  }
}
