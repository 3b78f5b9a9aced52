// One call to DynamoDB: the signal, the time limit, and errors in our words.
import {
  DynamoDBClient,
  type DynamoDBClientConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-dynamodb";
import { failureOfError } from "@shardline/aws";
import { apiCallFailed, untilAborted } from "@shardline/core";

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
  readonly #destroy: () => void;

  /** `timeoutMs` bounds each call: one that hangs must not cost the leases that wait behind it. */
  constructor(source: DynamoDbSource, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    if (isReady(source)) {
      this.#client = source;
      this.#destroy = () => undefined;
      return;
    }
    const client = new DynamoDBClient({
      // The loops above repeat and know what a repetition may find.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        // Without it the SDK only warns when the time is up.
        throwOnRequestTimeout: true,
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
    const options = { abortSignal: signal, requestTimeout: this.#timeoutMs };
    try {
      return await untilAborted(this.#client.send(command, options), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw apiCallFailed(operation, failureOfError(error), error);
    }
  }

  close(): void {
    this.#destroy();
  }
}

function isReady(source: DynamoDbSource): source is ReadyDynamoDbClient {
  return "send" in source && typeof source.send === "function" && "config" in source;
}
