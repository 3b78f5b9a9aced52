// The emulator as the AWS adapter reaches it: requests are signed and written, answers are read, and only the socket is
// missing. No call takes simulated time, but some need turns of the event loop, for which a world has to wait.
import { openKinesis } from "@shardline/aws";
import type { KinesisApi } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";
import { createRequestHandler, type Emulator } from "@shardline/emulator";
import type { WireOdds } from "./wire-faults.ts";

type Call<Request, Answer> = (request: Request, signal: AbortSignal) => Promise<Answer>;

/** A port over a wire of bytes. */
export class WiredKinesis {
  readonly api: KinesisApi;
  #underWay = 0;
  /** Ends with the last call so far. Never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(emulator: Emulator, form: Exclude<WireOdds["form"], "none">) {
    const { accountId, region } = emulator.caller;
    const configuration = {
      endpoint: "http://127.0.0.1",
      region,
      credentials: { accessKeyId: accountId, secretAccessKey: "unchecked" },
      requestHandler: createRequestHandler(emulator),
    };
    const { api } = openKinesis(configuration, { mayUseCbor: form === "cbor" });
    const direct = emulator.kinesis();
    this.api = {
      // The adapter waits between its own tries of these, on the system's time.
      createStream: (request, signal) => direct.createStream(request, signal),
      describeStreamSummary: (request, signal) => direct.describeStreamSummary(request, signal),
      splitShard: (request, signal) => direct.splitShard(request, signal),
      mergeShards: (request, signal) => direct.mergeShards(request, signal),
      rehearsePutRecords: (request, signal) => direct.rehearsePutRecords(request, signal),
      registerStreamConsumer: (request, signal) => direct.registerStreamConsumer(request, signal),
      describeStreamConsumer: (request, signal) => direct.describeStreamConsumer(request, signal),
      deregisterStreamConsumer: (request, signal) =>
        direct.deregisterStreamConsumer(request, signal),
      // Events come by timers of the world: it cannot stand still until the next is read.
      subscribeToShard: (request, signal) => direct.subscribeToShard(request, signal),
      putRecords: this.#inTurn((request, signal) => api.putRecords(request, signal)),
      getShardIterator: this.#inTurn((request, signal) => api.getShardIterator(request, signal)),
      getRecords: this.#inTurn((request, signal) => api.getRecords(request, signal)),
      listShards: this.#inTurn((request, signal) => api.listShards(request, signal)),
    };
  }

  /** Whether a call is under way: then no simulated time may pass. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Resolves when no call is under way. */
  async settled(): Promise<void> {
    while (this.isBusy) await this.#last;
  }

  /** Calls of one moment are made one after the other: how many turns each needs must decide nothing. */
  #inTurn<Request, Answer>(call: Call<Request, Answer>): Call<Request, Answer> {
    return async (request, signal) => {
      this.#underWay += 1;
      const turn = this.#last.then(() => call(request, signal));
      const end = (): void => {
        this.#underWay -= 1;
      };
      this.#last = turn.then(end, end);
      return turn;
    };
  }
}

/** `VirtualClock.runUntil`, but time stands still while a call is under way. */
export async function runBesideWire(
  clock: VirtualClock,
  wire: WiredKinesis | undefined,
  untilMs: number,
  isDone: () => boolean,
): Promise<void> {
  const isBusy = (): boolean => wire?.isBusy === true;
  do {
    await wire?.settled();
    await clock.runUntil(untilMs, () => isBusy() || isDone());
  } while (isBusy());
}
