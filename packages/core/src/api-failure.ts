// Why a call to AWS failed, told in our words. Which AWS error is of which kind is decided where it
// arrives: in packages/aws for the service, in packages/emulator for the emulator.

/**
 * - `throttled`: a rate or quota was exceeded; back off and try again.
 * - `transient`: the service or the network failed in passing; try again.
 * - `unreachable`: no connection was made, so nothing was sent; try again.
 * - `credentials`: missing, expired or refused; refresh them, then try again for a while.
 * - `denied`: not allowed, by IAM or by KMS; only an operator can change that.
 * - `busy`: the resource is being created, changed or deleted; try again.
 * - `missing`: the stream, shard or table does not exist.
 * - `expired`: an iterator or a page token outlived its time; get a new one.
 * - `rejected`: the request itself is at fault; sending it again is pointless.
 */
export type ApiFailureKind =
  | "throttled"
  | "transient"
  | "unreachable"
  | "credentials"
  | "denied"
  | "busy"
  | "missing"
  | "expired"
  | "rejected";

/** One failed call, or one failed entry of a PutRecords call. */
export interface ApiFailure {
  readonly kind: ApiFailureKind;
  /** The service's exception name, or the network's error code. */
  readonly awsName: string;
  /** What the service or the network said. */
  readonly reason: string;
  /** Whether the call may have taken effect although it failed. */
  readonly isAmbiguous: boolean;
  /** How long the service asks to wait before the next call; absent where it does not say. */
  readonly retryAfterMs?: number;
}
