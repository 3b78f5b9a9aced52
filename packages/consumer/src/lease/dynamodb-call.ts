// One call to DynamoDB: the signal, the time limit, and errors in our words.
import {
  DynamoDBClient,
  type DynamoDBClientConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-dynamodb";
import { failureOfError } from "@shardline/aws";
import { apiCallFailed, type Clock, LinkedSignal, untilAborted } from "@shardline/core";

/** What is used of a client, so that a client of another installed copy of the SDK will do. */
export type ReadyDynamoDbClient = Pick<DynamoDBClient, "config" | "send">;

/** How users say which DynamoDB to talk to: a ready client, or the configuration of one. */
export type DynamoDbSource = ReadyDynamoDbClient | DynamoDBClientConfig;

type Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Parameters<
  typeof DynamoDBClient.prototype.send<Input, Output>
>[0];

/** Connections at the same time. */
const MAX_SOCKETS = 50;

/** Makes calls with a ready client, or with one of its own that `close` frees. */
export class DynamoDbCaller {
  readonly #client: ReadyDynamoDbClient;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #destroy: () => void;

  /** `timeoutMs` bounds each call: one that hangs must not cost the leases that wait behind it. */
  constructor(source: DynamoDbSource, timeoutMs: number, clock: Clock) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    if (isReady(source)) {
      this.#client = source;
      this.#destroy = () => undefined;
      return;
    }
    const client = new DynamoDBClient({
      // The loops above repeat and know what a repetition may find.
      maxAttempts: 1,
      requestHandler: {
        httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
        httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      },
      ...source,
    });
    this.#client = client;
    this.#destroy = () => client.destroy();
  }

  /** Rejects with the signal's reason on abort, with API_CALL_FAILED if the call fails. */
  async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    operation: string,
    command: Command<Input, Output>,
    signal: AbortSignal,
  ): Promise<Output> {
    signal.throwIfAborted();
    using limited = new LinkedSignal(signal);
    // Ours and not the client's, whose limits only warn unless it was built to keep them.
    using _ = this.#clock.startTimer(this.#timeoutMs, () => limited.abort(this.#timedOut()));
    try {
      const call = this.#client.send(command, { abortSignal: limited.signal });
      return await untilAborted(call, limited.signal);
    } catch (error) {
      signal.throwIfAborted();
      throw apiCallFailed(operation, failureOfError(error), error);
    }
  }

  #timedOut(): Error {
    const error = new Error(`no answer within ${this.#timeoutMs} ms`);
    return Object.assign(error, { name: "TimeoutError" });
  }

  close(): void {
    this.#destroy();
  }
}

function isReady(source: DynamoDbSource): source is ReadyDynamoDbClient {
  return "send" in source && typeof source.send === "function" && "config" in source;
}
