// What an API operation is, and what it gets to see.
import type { CallFaults } from "./faults/call-faults.ts";
import type { Caller, Namespace } from "./stream/namespace.ts";
import type { Limits } from "./limits/limits.ts";
import type { Shape } from "./input/shape.ts";

/** One operation of the API. Inputs and outputs have the members of the service's model. */
export interface Operation<Input, Output> {
  readonly name: string;
  readonly input: Shape<Input>;
  /**
   * Serves one call, wholly and at once.
   * @throws ServiceException, having changed nothing
   */
  run(input: Input, call: Call): Output;
}

/** One call under way. */
export interface Call {
  readonly caller: Caller;
  /** Epoch milliseconds. */
  readonly wallMs: number;
  /** The time to write into tokens, in epoch milliseconds: faults can make older ones expire. */
  readonly tokenMs: number;
  /** By the monotonic clock: for rates. */
  readonly nowMs: number;
  /** Tells that the caller has gone: for what goes on after the call. */
  readonly signal: AbortSignal | undefined;
  readonly limits: Limits;
  /** The streams of an account and region; `undefined` if there never were any. */
  findNamespace(owner: Caller): Namespace | undefined;
  /** The streams of the caller. */
  openNamespace(): Namespace;
  /** What goes wrong inside this call. */
  readonly faults?: CallFaults;
}

/** Outputs of operations that answer with nothing: an empty body. */
export type NoOutput = undefined;
