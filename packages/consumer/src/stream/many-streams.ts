// The streams of a worker of many: asks which there are, begins with those that are new, and gives up those that are not
// named any more. Each has a course of its own (stream-course.ts).
import type { KinesisSource } from "@shardline/aws";
import {
  type BackoffPlan,
  backoffMs,
  type EventSink,
  KinesisError,
  LinkedSignal,
  type Loop,
  type LoopNext,
  startLoop,
  untilAborted,
} from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";
import type { Lease } from "../lease/lease.ts";
import { parseStreamName, streamNameOfKey } from "../lease/lease-key.ts";
import type { TableLook } from "../lease/table-look.ts";
import type { StartupPhases } from "../startup-phases.ts";
import { FormerStreams } from "./former-streams.ts";
import type { KinesisClients } from "./kinesis-clients.ts";
import { planRoster, rosterKeyOf } from "./roster-plan.ts";
import { SharedListing } from "./shared-listing.ts";
import { startStreamCourse } from "./stream-course.ts";
import type { StreamDesk } from "./stream-desk.ts";
import { resolveStreams, type StreamSettings, type StreamsSettings } from "./stream-settings.ts";
import type { ListStreams } from "./stream-source.ts";
import { requireScope } from "./table-scope.ts";
import { tellingOfLeases } from "./told-stream.ts";
import type { StreamsSupplies, WorkerStreams } from "./worker-streams.ts";

export interface ManyStreamsOptions {
  readonly streams: StreamsSettings;
  /** The Kinesis of streams that name none. */
  readonly kinesis: KinesisSource | undefined;
  readonly clients: KinesisClients;
}

interface Course {
  readonly named: StreamSettings;
  readonly loop: Loop;
  readonly ending: LinkedSignal;
}

/** A stream that is being read, or was until just now. */
interface OpenStream {
  readonly streamName: string;
  readonly desk: StreamDesk;
}

const REMOVED = new Error("the stream is not named any more");
const BACKOFF: BackoffPlan = { baseMs: 1000, maxMs: 60_000 };
/** A source that has just been restarted has what it knows again by then. */
const EMPTY_AGAIN_MS = 30_000;

export class ManyStreams implements WorkerStreams {
  readonly leaseEvents: EventSink<ConsumerEvents>;
  readonly #options: ManyStreamsOptions;
  readonly #supplies: StreamsSupplies;
  readonly #listing: SharedListing;
  readonly #former: FormerStreams;
  readonly #courses = new Map<string, Course>();
  readonly #open = new Set<OpenStream>();
  #phases: StartupPhases | undefined;
  /** Whether the last answer named nothing, while streams are read. */
  #wasEmpty = false;

  constructor(options: ManyStreamsOptions, supplies: StreamsSupplies) {
    const { clock, events, living, settings, table } = supplies;
    const { failoverMs } = settings.leases;
    this.#options = options;
    this.#supplies = supplies;
    this.#listing = new SharedListing({ clock, failoverMs, table, signal: living });
    this.#former = new FormerStreams({
      clock,
      events,
      failoverMs,
      table: supplies.patientTable,
      policy: options.streams.former,
      list: () => this.#listing.list(),
    });
    this.leaseEvents = tellingOfLeases((streamName) => this.#labelOf(streamName), events);
  }

  get desks(): readonly StreamDesk[] {
    return Array.from(this.#open, ({ desk }) => desk);
  }

  async find(prepare: () => Promise<TableLook>, phases: StartupPhases): Promise<TableLook> {
    this.#phases = phases;
    const look = await prepare();
    return requireScope(look, "many-streams", this.#supplies.settings.leases.tableName);
  }

  async follow(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#supplies;
    const roster = startLoop({
      name: "streams",
      clock,
      signal,
      step: (stepSignal) => this.#step(stepSignal, signal),
      backoffMs: (error, failures) => {
        const retryAfterMs = backoffMs(BACKOFF, failures, random);
        this.#wasEmpty = false;
        this.#doubt(error, retryAfterMs);
        return retryAfterMs;
      },
    });
    await roster.done;
    await Promise.all(Array.from(this.#courses.values(), ({ loop }) => loop.done));
  }

  serves(lease: Pick<Lease, "key">): boolean {
    return this.deskOf(lease)?.isOpen ?? false;
  }

  /** One that is being given up takes what comes late, and gives it up as well. */
  deskOf({ key }: Pick<Lease, "key">): StreamDesk | undefined {
    const streamName = streamNameOfKey(key);
    let found: StreamDesk | undefined;
    for (const open of this.#open) {
      if (open.streamName === streamName && found?.isOpen !== true) found = open.desk;
    }
    return found;
  }

  async #step(stepSignal: AbortSignal, signal: AbortSignal): Promise<LoopNext> {
    const { everyMs, former, list } = this.#options.streams;
    const named = typeof list === "function" ? await askFor(list, stepSignal) : list;
    stepSignal.throwIfAborted();
    // A registry that has just lost its entries may answer so: it would end everything, and so has to say it twice.
    const isEmpty = named.length === 0 && this.#courses.size > 0;
    const isConfirmed = this.#wasEmpty;
    this.#wasEmpty = isEmpty;
    if (isEmpty && !isConfirmed) {
      this.#doubt(namesNothing(), EMPTY_AGAIN_MS);
      return { afterMs: EMPTY_AGAIN_MS };
    }
    const { begin, end } = planRoster(named, this.#courses.keys());
    for (const key of end) this.#courses.get(key)?.ending.abort(REMOVED);
    for (const stream of begin) this.#begin(stream, signal);
    // That nothing is named says nothing of what is former: to read can be begun again, what is deleted is gone.
    if (named.length === 0) this.#former.forget();
    else await this.#lookForFormer(named, stepSignal);
    const isDone = typeof list !== "function" && former === "keep";
    return { afterMs: isDone ? Number.POSITIVE_INFINITY : everyMs };
  }

  /** Which streams there are is not known: those that were read stay. */
  #doubt(error: unknown, retryAfterMs: number): void {
    this.#former.forget();
    this.#supplies.events.emit("streamListFailed", { error, retryAfterMs });
  }

  /** A table that fails just now is looked at again with the next question. */
  async #lookForFormer(named: readonly StreamSettings[], signal: AbortSignal): Promise<void> {
    try {
      await this.#former.look(named, signal);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      this.#supplies.events.emit("leaseTableFailed", { operation: "former streams", reason });
    }
  }

  #begin(named: StreamSettings, signal: AbortSignal): void {
    const { clients, kinesis } = this.#options;
    const key = rosterKeyOf(named);
    const ending = new LinkedSignal(signal);
    const loop = startStreamCourse({
      clients,
      kinesis,
      named,
      listing: this.#listing,
      supplies: this.#supplies,
      signal: ending.signal,
      isOnlyNamesake: () => this.#isOnlyNamesake(named),
      onOpen: (streamName, desk) => this.#note({ streamName, desk }),
    });
    this.#courses.set(key, { ending, loop, named });
    void loop.done.catch(this.#supplies.onFailure).then(() => {
      ending[Symbol.dispose]();
      this.#courses.delete(key);
      if (!signal.aborted) this.#supplies.events.emit("streamRemoved", { stream: named.label });
    });
  }

  #note(open: OpenStream): Disposable {
    const { desk, streamName } = open;
    const other = this.deskOf({ key: `${streamName}:` });
    if (other?.isOpen === true) throw readTwice(streamName, other.label ?? "");
    this.#open.add(open);
    this.#phases?.end("stream");
    this.#phases = undefined;
    return {
      [Symbol.dispose]: () => {
        desk.drain();
        this.#open.delete(open);
      },
    };
  }

  /** One that is not named any more counts until it is given up. */
  #isOnlyNamesake({ stream }: StreamSettings): boolean {
    const namesakes = [...this.#courses.values()].filter(
      ({ named }) => named.stream.name === stream.name,
    );
    return namesakes.length <= 1;
  }

  #labelOf(streamName: string): string {
    const label = this.deskOf({ key: `${streamName}:` })?.label;
    return label ?? parseStreamName(streamName)?.name ?? streamName;
  }
}

/** An answer that never comes keeps nobody from ending. */
async function askFor(list: ListStreams, signal: AbortSignal): Promise<readonly StreamSettings[]> {
  return resolveStreams(await untilAborted(list(signal), signal));
}

function readTwice(streamName: string, label: string): KinesisError {
  return wrongStreams(`${streamName} is read already, as ${label}; name it once`);
}

function namesNothing(): KinesisError {
  return wrongStreams(
    "streams.list has answered without a stream while some are read; they are given up if the next answer says so as well",
  );
}

function wrongStreams(problem: string): KinesisError {
  return new KinesisError("INVALID_OPTIONS", {
    message: problem,
    isRetryable: false,
    details: { problems: [problem] },
  });
}
