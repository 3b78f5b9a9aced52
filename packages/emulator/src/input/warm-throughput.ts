// The member that says how much a stream on demand is to take at once, and which streams may be asked for it.
import { integer } from "./scalar-shapes.ts";
import type { Shape } from "./shape.ts";
import { ServiceException } from "../service-exception.ts";
import type { StreamMode } from "../stream/stream-settings.ts";

/** In MiB per second. */
export const WARM_THROUGHPUT: Shape<number> = integer({ min: 0, max: Number.POSITIVE_INFINITY });

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamWarmThroughput.html, 2026-11-22. */
const MAX_MIBPS = 10_240;

/**
 * Refuses warm throughput to a stream that is not on demand, to an account that is not committed to a minimum of
 * throughput, and more of it than there is.
 * @throws ServiceException ValidationException or LimitExceededException
 */
export function requireWarmable(
  miBps: number,
  mode: StreamMode,
  account: { isCommitted(): boolean },
): void {
  if (mode !== "ON_DEMAND") throw refused("a stream in On-Demand mode");
  if (!account.isCommitted())
    throw refused("an account with MinimumThroughputBillingCommitment enabled");
  if (miBps <= MAX_MIBPS) return;
  throw new ServiceException(
    "LimitExceededException",
    `WarmThroughputMiBps ${miBps} exceeds the limit of ${MAX_MIBPS} for a stream.`,
  );
}

function refused(demand: string): ServiceException {
  return new ServiceException("ValidationException", `WarmThroughputMiBps is for ${demand} only.`);
}
