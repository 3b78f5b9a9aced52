// The emulator with its server: what tests, tools and the command line start.
import {
  type Check,
  group,
  integer,
  type KinesisApi,
  oneOf,
  resolveOptions,
  type Shard,
  systemClock,
  systemRandom,
  withDefault,
} from "@shardline/core";
import { httpHandleOf, requestHandlerOf } from "./create-request-handler.ts";
import type { Injected } from "./control/inject.ts";
import type { Emulator, EmulatorStats } from "./emulator.ts";
import {
  EMULATOR_CHECKS,
  type EmulatorOptions,
  type EmulatorSettings,
} from "./emulator-options.ts";
import type { Faults } from "./faults/faults.ts";
import { makeCertificate } from "./http/certificate.ts";
import { MAX_SNAPSHOT_BYTES } from "./http/body-bound.ts";
import type { HttpHandle } from "./http/http-message.ts";
import { HttpServer } from "./http/http-server.ts";
import type { RequestHandler } from "./http/request-handler.ts";
import { KeptEmulator } from "./kept-emulator.ts";
import type { EmulatorClock } from "./movable-clock.ts";
import type { InspectedStream } from "./inspect.ts";
import type { LeaseTableRequest } from "./lease-table/lease-table-proxy.ts";
import {
  checkPersist,
  type PersistOptions,
  type PersistSettings,
} from "./persist/persist-options.ts";
import type { Caller } from "./stream/namespace.ts";

/** Options of an emulator with a server. */
export interface StartEmulatorOptions extends Partial<EmulatorOptions> {
  /** Where to listen on 127.0.0.1; 0 takes any free port. @defaultValue 0 */
  readonly port?: number;
  /**
   * Whether TLS is spoken on the port as well, with a certificate made at the start.
   * @defaultValue false
   */
  readonly tls?: boolean;
  /**
   * Keeps streams, records and lease tables in a folder, so that they outlive the process, however it ends: all that was
   * acknowledged is there again when an emulator is started with the same folder. Of `streams` only those are created
   * that are not there. Faults, and what limits have counted, are not kept. @defaultValue nothing is kept
   */
  readonly persist?: string | PersistOptions;
  /**
   * How long a snapshot may be that is sent to `POST /_emu/restore`, in bytes, from 1 MiB to 2 GiB: all of it is in memory at
   * once. `restore()` has no such bound. @defaultValue 1073741824 (1 GiB)
   */
  readonly maxSnapshotBytes?: number;
}

/** Where an emulator can be reached. */
export interface EmulatorEndpoints {
  readonly http: string;
  /** Where TLS is on. */
  readonly https?: string;
}

/** What a client of the AWS SDK needs to reach the emulator. */
export interface EmulatorClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

interface StartSettings extends EmulatorSettings {
  readonly port: number;
  readonly tls: boolean;
  readonly persist: PersistSettings | undefined;
  readonly maxSnapshotBytes: number;
}

/** As long as a file can be that the command line reads at once in every Node that is served. */
const SNAPSHOT_BOUNDS = { min: 1024 * 1024, max: 2 ** 31 - 1 };

const CHECKS: { readonly [Name in keyof StartSettings]: Check<StartSettings[Name]> } = {
  ...EMULATOR_CHECKS,
  clock: withDefault(EMULATOR_CHECKS.clock, systemClock),
  random: withDefault(EMULATOR_CHECKS.random, systemRandom),
  port: withDefault(integer({ min: 0, max: 65_535 }), 0),
  tls: withDefault(oneOf(true, false), false),
  persist: checkPersist,
  maxSnapshotBytes: withDefault(integer(SNAPSHOT_BOUNDS), MAX_SNAPSHOT_BYTES),
};

/**
 * Starts an emulator that serves Kinesis and the lease table on one port of this machine. Resolves once both
 * can be called; rejects if the port is taken.
 * @throws KinesisError INVALID_OPTIONS, or PERSISTENCE_FAILED where the folder of `persist` is in use or damaged
 */
export async function startEmulator(options: StartEmulatorOptions = {}): Promise<RunningEmulator> {
  const { maxSnapshotBytes, persist, port, tls, ...settings } = resolveOptions(
    "startEmulator",
    group<StartSettings>(CHECKS),
    options,
  );
  const kept = await KeptEmulator.start(settings, persist);
  try {
    const handle = httpHandleOf(kept.emulator, kept.leaseTable, kept);
    // By the system's time, because clients go by that whatever the emulator's clock says.
    const certificate = tls ? await makeCertificate(systemClock.wallTimeMs()) : undefined;
    const server = await HttpServer.listen(port, handle, { certificate, maxSnapshotBytes });
    return new RunningEmulator({ kept, server, handle, ca: certificate?.certificate });
  } catch (error) {
    await kept.close().catch(() => {});
    throw error;
  }
}

interface RunningParts {
  readonly kept: KeptEmulator;
  readonly server: HttpServer;
  readonly handle: HttpHandle;
  readonly ca: string | undefined;
}

/** An emulator that can be called over the wire and in the process. */
export class RunningEmulator implements AsyncDisposable {
  readonly port: number;
  /** Where it speaks HTTP/1.1 and HTTP/2 without TLS, as in `http://127.0.0.1:50123`. */
  readonly endpoint: string;
  /** The same, and where it speaks both with TLS. */
  readonly endpoints: EmulatorEndpoints;
  /** The certificate that clients must trust where TLS is on, in PEM: theirs is the option `ca`. */
  readonly ca: string | undefined;
  /** The port to the streams of the default account and region. */
  readonly kinesis: KinesisApi;
  /** All times of the emulator; move it to make time pass. */
  readonly clock: EmulatorClock;
  /** What goes wrong. */
  readonly faults: Faults;
  /** What there was to say about the folder of `persist` at the start, such as that an unfinished entry was cut off. */
  readonly warnings: readonly string[];
  readonly #emulator: Emulator;
  readonly #kept: KeptEmulator;
  readonly #server: HttpServer;
  readonly #handle: HttpHandle;

  /** @internal */
  constructor({ kept, server, handle, ca }: RunningParts) {
    const { emulator } = kept;
    const address = `127.0.0.1:${server.port}`;
    this.clock = kept.clock;
    this.warnings = kept.warnings;
    this.#kept = kept;
    this.port = server.port;
    this.endpoint = `http://${address}`;
    this.endpoints = {
      http: this.endpoint,
      ...(ca === undefined ? {} : { https: `https://${address}` }),
    };
    this.ca = ca;
    this.kinesis = emulator.kinesis();
    this.faults = emulator.faults;
    this.#emulator = emulator;
    this.#server = server;
    this.#handle = handle;
  }

  /**
   * The `requestHandler` of clients of the AWS SDK in this process: they reach the emulator without a socket, several
   * times as fast. One serves any number of clients, of either service.
   */
  requestHandler(): RequestHandler {
    return requestHandlerOf(this.#emulator, this.#handle);
  }

  /**
   * Configuration of a client of the AWS SDK for either service. The access key is the account: the emulator
   * reads account and region from the scope of each signature.
   */
  clientConfig(
    _service: "kinesis" | "dynamodb",
    caller: Caller = this.#emulator.caller,
  ): EmulatorClientConfig {
    return {
      endpoint: this.endpoint,
      region: caller.region,
      credentials: { accessKeyId: caller.accountId, secretAccessKey: "unchecked" },
    };
  }

  /** As `Emulator.call`. */
  call(operation: string, input: unknown, caller?: Caller, signal?: AbortSignal): Promise<unknown> {
    return this.#emulator.call(operation, input, caller, signal);
  }

  /** As `Emulator.stats`. */
  stats(): EmulatorStats {
    return this.#emulator.stats();
  }

  /** The last 1,000 requests to the lease table, oldest first, also those that it refused or did not understand. */
  leaseTableRequests(): readonly LeaseTableRequest[] {
    return this.#kept.leaseTable.requests();
  }

  /** As `Emulator.inspect`. */
  inspect(streamName: string, caller?: Caller): InspectedStream | undefined {
    return this.#emulator.inspect(streamName, caller);
  }

  /**
   * As `Emulator.reshard`.
   * @throws KinesisError as that, or PERSISTENCE_FAILED where the folder of `persist` cannot be written
   */
  reshard(...request: Parameters<Emulator["reshard"]>): readonly Shard[] {
    return this.#kept.reshard(...request);
  }

  /**
   * As `Emulator.inject`.
   * @throws KinesisError as that, or PERSISTENCE_FAILED where the folder of `persist` cannot be written
   */
  inject(...records: Parameters<Emulator["inject"]>): readonly Injected[] {
    return this.#kept.inject(...records);
  }

  /**
   * Everything is as at the start, with the streams and faults of the options: all other streams, records, lease tables
   * and faults are gone, from the folder of `persist` as well. The clock stays as it is.
   * @throws KinesisError PERSISTENCE_FAILED where the folder cannot be written
   */
  reset(): Promise<void> {
    return this.#kept.reset();
  }

  /** All streams, records and lease tables of this moment, as bytes for `restore`, here or in another process. */
  snapshot(): Uint8Array {
    return this.#kept.snapshot();
  }

  /**
   * Everything is as it was when a snapshot was taken, in the folder of `persist` as well. Faults stay as they are, and so
   * does the clock, unless the snapshot's was moved further ahead.
   * @throws KinesisError PERSISTENCE_FAILED if it is damaged, and nothing is changed then, or where the folder cannot be written
   */
  restore(snapshot: Uint8Array): Promise<void> {
    return this.#kept.restore(snapshot);
  }

  /**
   * Ends subscriptions cleanly and answers what was asked, then ends every connection. Resolves when nothing is left open; a
   * second call comes to the same.
   * @throws KinesisError PERSISTENCE_FAILED where the folder of `persist` cannot be brought to the disk; nothing is left open then either
   */
  async close(): Promise<void> {
    this.#emulator.endSubscriptions();
    this.faults[Symbol.dispose]();
    await this.#server.close();
    await this.#kept.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
