// The emulator without a server: Kinesis in memory, on a clock and a source of chance. Calls by operation name
// are what the server makes; the port is for code in the same process.
import { apiCallFailed, group, type KinesisApi, resolveOptions } from "@shardline/core";
import { CLOSED, failureOf } from "./api-failures.ts";
import { EmulatorKinesis } from "./emulator-kinesis.ts";
import {
  EMULATOR_CHECKS,
  type EmulatorOptions,
  type EmulatorSettings,
} from "./emulator-options.ts";
import { type InspectedStream, inspectStream } from "./inspect.ts";
import { type Caller, Namespace } from "./stream/namespace.ts";
import { Storage } from "./stream/storage.ts";
import type { Stream } from "./stream/stream.ts";
import { DEFAULT_SETTINGS } from "./stream/stream-settings.ts";
import type { Call, Operation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { ServiceException } from "./service-exception.ts";
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
  readonly #settings: EmulatorSettings;
  readonly #namespaces = new Map<string, Namespace>();
  readonly #storage: Storage;
  #state: "open" | "ending" | "closed" = "open";

  /** @throws KinesisError INVALID_OPTIONS */
  constructor(options: EmulatorOptions) {
    this.#settings = resolveOptions("Emulator", group<EmulatorSettings>(EMULATOR_CHECKS), options);
    const { maxBytes, whenFull } = this.#settings;
    this.#storage = new Storage({ maxBytes, whenFull, streams: () => this.#streams() });
    for (const [name, shardCount] of Object.entries(this.#settings.streams)) {
      this.#openNamespace(this.caller)
        .add({ name, shardCount, settings: DEFAULT_SETTINGS })
        .activateNow();
    }
  }

  /** Whose the calls are that do not say. */
  get caller(): Caller {
    const { accountId, region } = this.#settings;
    return { accountId, region };
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
    if (known !== undefined) return this.#serve(known, input, caller, signal);
    const reason = `the emulator has no operation ${operation}`;
    throw apiCallFailed(operation, failureOf("UnknownOperationException", reason));
  }

  /** The port to the streams of an account and region. */
  kinesis(caller: Caller = this.caller): KinesisApi {
    return new EmulatorKinesis((operation, input) => this.#serve(operation, input, caller));
  }

  /** Everything that is stored of a stream; `undefined` if there is no such stream. */
  inspect(streamName: string, caller: Caller = this.caller): InspectedStream | undefined {
    const stream = this.#namespaces.get(keyOf(caller))?.find(streamName);
    return stream === undefined ? undefined : inspectStream(stream);
  }

  /** Ends every subscription cleanly, and from now on each new one at once. */
  endSubscriptions(): void {
    if (this.#state === "open") this.#state = "ending";
    for (const namespace of this.#namespaces.values()) {
      for (const { consumers } of namespace.all()) consumers.endSubscriptions();
    }
  }

  /** How much is stored, over all streams. */
  stats(): EmulatorStats {
    return { storedBytes: this.#storage.meter.bytes, droppedRecords: this.#storage.droppedRecords };
  }

  /** Stops what is under way; every later call fails as if nobody were there. */
  close(): void {
    this.#state = "closed";
    for (const namespace of this.#namespaces.values()) namespace[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #serve<Input, Output>(
    operation: Operation<Input, Output>,
    input: unknown,
    caller: Caller,
    signal?: AbortSignal,
  ): Output {
    if (this.#state === "closed") throw apiCallFailed(operation.name, CLOSED);
    try {
      return operation.run(readInput(operation.input, input), this.#callOf(caller, signal));
    } catch (error) {
      if (!(error instanceof ServiceException)) throw error;
      throw apiCallFailed(operation.name, failureOf(error.name, error.message));
    }
  }

  #callOf(caller: Caller, signal: AbortSignal | undefined): Call {
    const { clock, limits } = this.#settings;
    return {
      caller,
      wallMs: clock.wallTimeMs(),
      nowMs: clock.nowMs(),
      signal: this.#state === "ending" ? ENDING : signal,
      limits,
      findNamespace: (owner) => this.#namespaces.get(keyOf(owner)),
      openNamespace: () => this.#openNamespace(caller),
    };
  }

  *#streams(): Iterable<Stream> {
    for (const namespace of this.#namespaces.values()) yield* namespace.all();
  }

  #openNamespace(owner: Caller): Namespace {
    const key = keyOf(owner);
    const namespace =
      this.#namespaces.get(key) ?? new Namespace(owner, this.#settings, this.#storage);
    this.#namespaces.set(key, namespace);
    return namespace;
  }
}

function keyOf({ accountId, region }: Caller): string {
  return `${accountId}/${region}`;
}
