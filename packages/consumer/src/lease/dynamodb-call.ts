// One call to DynamoDB: the signal, the time limit, and errors in our words.
import {
  type ConsumedCapacity,
  DynamoDBClient,
  type DynamoDBClientConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-dynamodb";
import { besideCalls, failureOfError } from "@shardline/aws";
import {
  type ApiFailure,
  apiCallFailed,
  KinesisError,
  LinkedSignal,
  untilAborted,
} from "@shardline/core";
import { DynamoDbMeter, type DynamoDbMeterOptions } from "./dynamodb-meter.ts";

/** What is used of a client, so that a client of another installed copy of the SDK will do. */
export type ReadyDynamoDbClient = Pick<DynamoDBClient, "config" | "send">;

/** How users say which DynamoDB to talk to: a ready client, or the configuration of one. */
export type DynamoDbSource = ReadyDynamoDbClient | DynamoDBClientConfig;

type Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Parameters<
  typeof DynamoDBClient.prototype.send<Input, Output>
>[0];

type SendCommand = <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: Command<Input, Output>,
  abortSignal: AbortSignal,
) => Promise<Output>;

/** Connections at the same time. */
const MAX_SOCKETS = 50;

export interface DynamoDbCallerOptions extends DynamoDbMeterOptions {
  readonly dynamodb: DynamoDbSource;
  /** Bounds each call, in ms: one that hangs must not cost the leases that wait behind it. */
  readonly timeoutMs: number;
}

/** Makes calls with a ready client, or with one of its own that `close` frees. */
export class DynamoDbCaller {
  readonly meter: DynamoDbMeter;
  readonly #options: DynamoDbCallerOptions;
  readonly #send: SendCommand;
  readonly #destroy: () => void;

  constructor(options: DynamoDbCallerOptions) {
    const { dynamodb } = options;
    this.#options = options;
    this.meter = new DynamoDbMeter(options);
    if (isReady(dynamodb)) {
      this.#send = (command, abortSignal) => dynamodb.send(command, { abortSignal });
      this.#destroy = () => undefined;
      return;
    }
    const client = new DynamoDBClient({
      // The loops above repeat and know what a repetition may find.
      maxAttempts: 1,
      cacheMiddleware: true,
      requestHandler: {
        httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
        httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      },
      ...dynamodb,
    });
    const tell = besideCalls(client, undefined);
    this.#send = (command, abortSignal) => {
      tell(command.input, { abortSignal });
      return client.send(command);
    };
    this.#destroy = () => client.destroy();
  }

  /** Rejects with the signal's reason on abort, with API_CALL_FAILED if the call fails. */
  async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    operation: string,
    command: Command<Input, Output>,
    signal: AbortSignal,
  ): Promise<Output> {
    const { clock, timeoutMs } = this.#options;
    signal.throwIfAborted();
    using limited = new LinkedSignal(signal);
    // Ours and not the client's, whose limits only warn unless it was built to keep them.
    using _ = clock.startTimer(timeoutMs, () => limited.abort(timedOut(timeoutMs)));
    try {
      const call = this.#send(command, limited.signal);
      const output = await untilAborted(call, limited.signal);
      this.meter.answered(operation, unitsOf(output));
      return output;
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureOfError(error);
      this.meter.failed(operation, failure);
      throw callFailed(operation, this.#options.tableName, failure, error);
    }
  }

  close(): void {
    this.#destroy();
  }
}

function unitsOf(output: object): number | undefined {
  return (output as { readonly ConsumedCapacity?: ConsumedCapacity }).ConsumedCapacity
    ?.CapacityUnits;
}

function timedOut(timeoutMs: number): Error {
  const error = new Error(`no answer within ${timeoutMs} ms`);
  return Object.assign(error, { name: "TimeoutError" });
}

/** A denied call is told with what to grant, which AWS says itself if it is not the obvious. */
function callFailed(
  operation: string,
  table: string,
  failure: ApiFailure,
  cause: unknown,
): KinesisError {
  if (failure.kind !== "denied") return apiCallFailed(operation, failure, cause);
  const { awsName, reason } = failure;
  const named = /not authorized to perform: (\w+:\w+)/.exec(reason)?.[1];
  const permission = named ?? `dynamodb:${operation}`;
  return new KinesisError("API_CALL_FAILED", {
    message: `${operation} on lease table ${table} was denied: grant ${permission}; ${awsName}: ${reason}`,
    isRetryable: false,
    details: { operation, failure, permission },
    cause,
  });
}

function isReady(source: DynamoDbSource): source is ReadyDynamoDbClient {
  return "send" in source && typeof source.send === "function" && "config" in source;
}
