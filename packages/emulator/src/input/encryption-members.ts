// The members that say how a stream is to be encrypted or was, and what both operations with them have in common.
import type { MemberShapes } from "./compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "./members.ts";
import { text, word } from "./scalar-shapes.ts";
import { required } from "./shape.ts";
import type { RollingLimit } from "../limits/rolling-limit.ts";
import { invalidArgument, ServiceException } from "../service-exception.ts";
import type { Stream } from "../stream/stream.ts";

/** Members of either call. */
export interface EncryptionInput extends StreamAddress {
  readonly EncryptionType: "KMS" | "NONE";
  readonly KeyId: string;
}

/** The members of either call. */
export const ENCRYPTION: MemberShapes<EncryptionInput> = {
  ...STREAM_ADDRESS,
  EncryptionType: required(word("NONE", "KMS")),
  KeyId: required(text({ min: 1, max: 2048 })),
};

/**
 * Refuses the one type that nothing can be encrypted with.
 * @throws ServiceException InvalidArgumentException
 */
export function requireKms({ EncryptionType: type }: EncryptionInput): void {
  if (type === "KMS") return;
  throw invalidArgument(`EncryptionType ${type} is not supported. The only valid value is KMS.`);
}

/**
 * Refuses more changes than a stream may see in a day.
 * @throws ServiceException LimitExceededException
 */
export function requireFewChanges(
  { plan, home }: Stream,
  changes: RollingLimit,
  what: string,
  nowMs: number,
): void {
  if (!changes.isReached(nowMs)) return;
  throw new ServiceException(
    "LimitExceededException",
    `Stream ${plan.name} under account ${home.accountId} has ${what} encryption ${changes.max} times in the last 24 hours.`,
  );
}
