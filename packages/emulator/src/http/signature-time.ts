// Pure: whether the time in a signature lies near enough to the service's clock. Only a service whose clock is
// wrong asks, because signatures are not checked otherwise.
import { toDate } from "@shardline/core";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html, read 2026-11-21. */
const MAX_SKEW_MS = 300_000;
const AMZ_DATE = /^\d{8}T\d{6}Z$/;

/** Why a signature of some time is refused; `undefined` if it is not, or says no time. */
export function signatureFault(amzDate: string | undefined, nowMs: number): string | undefined {
  if (amzDate === undefined || !AMZ_DATE.test(amzDate)) return undefined;
  // Written like this, times sort as texts.
  const now = amzDateOf(nowMs);
  const earliest = amzDateOf(nowMs - MAX_SKEW_MS);
  const latest = amzDateOf(nowMs + MAX_SKEW_MS);
  if (amzDate < earliest) {
    return `Signature expired: ${amzDate} is now earlier than ${earliest} (${now} - 5 min.)`;
  }
  if (amzDate > latest) {
    return `Signature not yet current: ${amzDate} is still later than ${latest} (${now} + 5 min.)`;
  }
  return undefined;
}

/** As in `20261121T071500Z`. */
function amzDateOf(epochMs: number): string {
  return toDate(epochMs)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:]/g, "");
}
