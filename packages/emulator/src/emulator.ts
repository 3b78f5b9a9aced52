// The emulator without a server: Kinesis in memory, on a clock and a source of chance. Calls by operation name
// are what the server makes; the port is for code in the same process.
import {
  apiCallFailed,
  group,
  type KinesisApi,
  type KinesisRecord,
  resolveOptions,
  type Shard,
} from "@shardline/core";
import { CLOSED, failureOf, portError } from "./api-failures.ts";
import { inject, type Injected, type InjectedRecord } from "./control/inject.ts";
import { missingStream } from "./control/missing-stream.ts";
import { type ReshardRequest, reshardNow } from "./control/reshard-request.ts";
import { EmulatorKinesis } from "./emulator-kinesis.ts";
import {
  EMULATOR_CHECKS,
  type EmulatorOptions,
  type EmulatorSettings,
} from "./emulator-options.ts";
import type { CallSubject } from "./faults/call-subject.ts";
import type { FaultPlan } from "./faults/fault-plan.ts";
import { Faults } from "./faults/faults.ts";
import { runFaulty } from "./faults/faulty-operation.ts";
import { serveInProcess } from "./faults/in-process.ts";
import { meddle } from "./faults/meanwhile.ts";
import { shardOfKey } from "./input/record-placement.ts";
import { type InspectedStream, inspectStream, recordsAfter, shardsOf } from "./inspect.ts";
import { Namespaces } from "./namespaces.ts";
import { type Caller, type Namespace, nextGapOf } from "./stream/namespace.ts";
import { ShardLog } from "./stream/shard-log.ts";
import { Storage } from "./stream/storage.ts";
import type { Stream } from "./stream/stream.ts";
import { type EmulatorJournal, keptCall } from "./emulator-journal.ts";
import type { Past } from "./persist/replay.ts";
import { planOfStart } from "./stream-start.ts";
import type { Call, Operation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { readInput } from "./input/shape.ts";

/** What calls are told once subscriptions have to end. */
const ENDING = AbortSignal.abort();

/** What an emulator holds. */
export interface EmulatorStats {
  /** Data and partition keys of all records that are stored and have not been found expired. */
  readonly storedBytes: number;
  /** Records that were dropped before their time, because the emulator was full and told to do so. */
  readonly droppedRecords: number;
}

/** Kinesis Data Streams in one process. */
export class Emulator implements Disposable {
  /** What goes wrong. */
  readonly faults: Faults;
  readonly #settings: EmulatorSettings;
  readonly #namespaces: Namespaces;
  readonly #storage: Storage;
  readonly #journal: EmulatorJournal | undefined;
  #state: "open" | "ending" | "closed" = "open";

  /**
   * One with a journal is given its streams by `resume`.
   * @throws KinesisError INVALID_OPTIONS
   */
  constructor(options: EmulatorOptions, journal?: EmulatorJournal) {
    this.#settings = resolveOptions("Emulator", group<EmulatorSettings>(EMULATOR_CHECKS), options);
    const { maxBytes, whenFull } = this.#settings;
    this.#storage = new Storage({ maxBytes, whenFull, streams: () => this.streams() });
    this.faults = new Faults(this.#settings);
    for (const rule of this.#settings.faults) this.faults.add(rule);
    this.#journal = journal;
    this.#namespaces = new Namespaces({
      settings: this.#settings,
      storage: this.#storage,
      journal,
    });
    if (journal === undefined) this.addStreams();
  }

  /** Whose the calls are that do not say. */
  get caller(): Caller {
    const { accountId, region } = this.#settings;
    return { accountId, region };
  }

  /**
   * The options with every default filled in.
   * @internal
   */
  get settings(): EmulatorSettings {
    return this.#settings;
  }

  /**
   * Creates the streams of the options that are not there.
   * @internal
   */
  addStreams(): void {
    const namespace = this.#namespaces.open(this.caller);
    for (const [name, start] of Object.entries(this.#settings.streams)) {
      if (namespace.find(name) === undefined) namespace.add(planOfStart(name, start)).activateNow();
    }
  }

  /**
   * A log for records of a stream that was.
   * @internal
   */
  readonly newLog = (): ShardLog => new ShardLog(this.#storage.meter, nextGapOf(this.#settings));

  /**
   * Takes up what there was; what was under way starts again.
   * @internal
   */
  resume(past: Past): void {
    this.#namespaces.resume(past);
    if (this.#settings.whenFull === "drop-oldest") this.#storage.requireRoom(0);
  }

  /**
   * Every account and region that there ever were streams in.
   * @internal
   */
  namespaces(): Iterable<Namespace> {
    return this.#namespaces.all();
  }

  /**
   * Whether `close` was called.
   * @internal
   */
  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /**
   * Serves one call, and resolves as soon as it has taken effect. Input and output have the members of the
   * service's model: times are epoch seconds; data is base64 text or bytes on the way in and, on the way out,
   * whichever of them was put. Bytes handed in are copied; bytes handed out are the stored ones and must be
   * left as they are. A subscription is answered with an `EventStream` to iterate over, once; it ends cleanly when
   * `signal` aborts or the iteration is left, and fails as a call does.
   * @throws KinesisError API_CALL_FAILED
   */
  async call(
    operation: string,
    input: unknown,
    caller: Caller = this.caller,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const known = OPERATIONS.get(operation);
    if (known !== undefined)
      return this.#settle(operation, () => this.#enter(known, input, caller, signal));
    const reason = `the emulator has no operation ${operation}`;
    throw apiCallFailed(operation, failureOf("UnknownOperationException", reason));
  }

  /** The port to the streams of an account and region. */
  kinesis(caller: Caller = this.caller): KinesisApi {
    return new EmulatorKinesis((operation, input, signal) =>
      this.#settle(operation.name, () => this.#enter(operation, input, caller, signal)),
    );
  }

  /**
   * For the server: serves one call under faults that it was asked about already, without those of the wire.
   * @internal
   * @throws KinesisError API_CALL_FAILED
   */
  callUnder(
    plan: FaultPlan | undefined,
    { operation, input, caller }: CallSubject,
    signal?: AbortSignal,
  ): unknown {
    const known = OPERATIONS.get(operation);
    if (known !== undefined) {
      return this.#settle(operation, () => this.#serve(known, input, caller, signal, plan));
    }
    throw apiCallFailed(operation, failureOf("UnknownOperationException", ""));
  }

  /**
   * For the server: the shard that a record would go to now.
   * @internal
   */
  readonly routeOf: CallSubject["routeOf"] = ({ name, owner }, record) => {
    const stream = this.#namespaces.findStream(name, owner);
    if (stream === undefined) return undefined;
    return shardOfKey(record.partitionKey, record.explicitHashKey, stream)?.shardId;
  };

  /**
   * For the page: every stream of every account and region.
   * @internal
   */
  streams(): Iterable<Stream> {
    return this.#namespaces.streams();
  }

  /** Everything that is stored of a stream; `undefined` if there is no such stream. */
  inspect(streamName: string, caller: Caller = this.caller): InspectedStream | undefined {
    const stream = this.#namespaces.findStream(streamName, caller);
    return stream === undefined ? undefined : inspectStream(stream);
  }

  /**
   * Open and closed shards of a stream that have not expired, in the order of their ids, as `inspect` tells them but
   * without a look at their records; none if there is no such stream.
   */
  shards(streamName: string, caller: Caller = this.caller): readonly Shard[] {
    const stream = this.#namespaces.findStream(streamName, caller);
    return stream === undefined ? [] : shardsOf(stream);
  }

  /**
   * What a shard stores behind a sequence number of it, or all if none is given, as `inspect` tells it but without a look
   * at the rest; nothing if there is no such stream or shard.
   */
  recordsAfter(
    streamName: string,
    shardId: string,
    sequenceNumber?: string,
    caller: Caller = this.caller,
  ): readonly KinesisRecord[] {
    const stream = this.#namespaces.findStream(streamName, caller);
    return stream === undefined ? [] : recordsAfter(stream, shardId, sequenceNumber);
  }

  /**
   * Splits, merges or scales the shards of a stream at once, past all limits; answers its shards. The stream must be
   * ACTIVE.
   * @throws KinesisError INVALID_OPTIONS or STREAM_NOT_FOUND
   */
  reshard(
    streamName: string,
    request: ReshardRequest,
    caller: Caller = this.caller,
  ): readonly Shard[] {
    reshardNow(this.#streamOf(streamName, caller), request);
    return this.shards(streamName, caller);
  }

  /**
   * Stores records past limits and faults, 1 to 10,000, all or none.
   * @throws KinesisError INVALID_OPTIONS or STREAM_NOT_FOUND
   */
  inject(
    streamName: string,
    records: readonly InjectedRecord[],
    caller: Caller = this.caller,
  ): readonly Injected[] {
    return inject(this.#streamOf(streamName, caller), records);
  }

  /**
   * Everything is as at the start, with the streams and faults of the options: all other streams, records and faults
   * are gone. The clock stays as it is.
   */
  reset(): void {
    this.clear();
    this.faults.clear();
    for (const rule of this.#settings.faults) this.faults.add(rule);
    this.addStreams();
  }

  /**
   * Forgets every stream, and what accounts are set to.
   * @internal
   */
  clear(): void {
    for (const namespace of this.namespaces()) namespace.clear();
  }

  /** Ends every subscription cleanly, and from now on each new one at once. */
  endSubscriptions(): void {
    if (this.#state === "open") this.#state = "ending";
    for (const { consumers } of this.streams()) consumers.endSubscriptions();
  }

  /** How much is stored, over all streams. */
  stats(): EmulatorStats {
    return { storedBytes: this.#storage.meter.bytes, droppedRecords: this.#storage.droppedRecords };
  }

  /** Stops what is under way; every later call fails as if nobody were there. */
  close(): void {
    this.#state = "closed";
    this.faults[Symbol.dispose]();
    this.#namespaces[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Serves at once where nothing goes wrong. */
  #enter<Input, Output>(
    operation: Operation<Input, Output>,
    input: unknown,
    caller: Caller,
    signal?: AbortSignal,
  ): Output | Promise<Output> {
    if (this.faults.isEmpty) return this.#serve(operation, input, caller, signal);
    const { name } = operation;
    const { routeOf, faults } = this;
    const subject: CallSubject = {
      service: "kinesis",
      operation: name,
      input,
      caller,
      userAgent: "",
      routeOf,
    };
    const plan = faults.meet(subject);
    if (plan === undefined) return this.#serve(operation, input, caller, signal);
    const serve = (): Output => this.#serve(operation, input, caller, signal, plan);
    const { clock } = this.#settings;
    return serveInProcess(plan, { subject, clock, signal, released: faults.released, serve });
  }

  #serve<Input, Output>(
    operation: Operation<Input, Output>,
    input: unknown,
    caller: Caller,
    signal: AbortSignal | undefined,
    plan?: FaultPlan,
  ): Output {
    if (this.#state === "closed") throw apiCallFailed(operation.name, CLOSED);
    try {
      const call = this.#callOf(caller, signal, plan?.skewMs);
      const serve = (): Output => {
        if (plan === undefined) return operation.run(readInput(operation.input, input), call);
        meddle(plan.meanwhile, { input, caller }, call);
        const { clock } = this.#settings;
        return runFaulty(operation, input, call, { plan, clock, released: this.faults.released });
      };
      if (this.#journal === undefined) return serve();
      return keptCall(
        this.#journal,
        { name: operation.name, isMeddledWith: plan !== undefined },
        serve,
      );
    } catch (error) {
      throw portError(operation.name, error);
    }
  }

  /** What is answered is as safe as it was asked to be. */
  #settle<Output>(name: string, serve: () => Output | Promise<Output>): Output | Promise<Output> {
    if (this.#journal === undefined) return serve();
    const settling = this.#journal.settling();
    const settle = (output: Output): Output | Promise<Output> =>
      settling()?.then(
        () => output,
        (error: unknown) => Promise.reject(portError(name, error)),
      ) ?? output;
    const output = serve();
    return output instanceof Promise ? output.then(settle) : settle(output);
  }

  #callOf(caller: Caller, signal: AbortSignal | undefined, skewMs = 0): Call {
    const { clock, limits } = this.#settings;
    const wallMs = clock.wallTimeMs() + skewMs;
    return {
      caller,
      wallMs,
      tokenMs: this.faults.tokenTimeMs(wallMs),
      nowMs: clock.nowMs(),
      signal: this.#state === "ending" ? ENDING : signal,
      limits,
      findNamespace: (owner) => this.#namespaces.find(owner),
      openNamespace: () => this.#namespaces.open(caller),
    };
  }

  #streamOf(streamName: string, caller: Caller): Stream {
    const stream = this.#namespaces.findStream(streamName, caller);
    if (stream !== undefined) return stream;
    throw missingStream(streamName, caller);
  }
}
