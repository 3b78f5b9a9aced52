// Which stream a token belongs to. The creation time in its shards' numbers stands beside the name, so that a token
// does not fit a stream that was created anew under the same name, were it within the same millisecond.
import { streamNotFound } from "../service-exception.ts";
import type { Call } from "../operation.ts";
import type { Stream } from "../stream/stream.ts";

/** How many fields of a token name its stream. */
export const INCARNATION_FIELDS = 4;

/** The fields that name a stream in a token. */
export function incarnationOf(stream: Stream): readonly (string | number)[] {
  const { home, plan, createdSeconds } = stream;
  return [home.accountId, home.region, plan.name, createdSeconds];
}

/**
 * The stream that a token's first fields name, without the shards that have expired.
 * @throws ServiceException ResourceNotFoundException
 */
export function streamOfToken(fields: readonly string[], call: Call): Stream {
  const [accountId = "", region = "", name = "", createdSeconds] = fields;
  const owner = { accountId, region };
  const stream = call.findNamespace(owner)?.find(name);
  if (stream === undefined || stream.createdSeconds !== Number(createdSeconds)) {
    throw streamNotFound(name, owner);
  }
  stream.expire();
  return stream;
}
