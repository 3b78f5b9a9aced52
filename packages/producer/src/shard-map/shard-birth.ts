// Pure: sequence number -> when the shard that gave it was created, as far as the number shows that. A stream that was deleted
// and made again has shards of the same ids, so this tells whether a record landed on the shard that a map has under its id.
//
// The layout is not documented. In every number of the service that we know of, the second in which the shard was created
// stands before all that counts within the shard, which stays below 2^144 < 10^44; from one second to the next the number
// grows by 2^148 > 10^44. But the cut is decimal: a carry may change one shard's digits, once in its life. So unlike digits
// are no proof of another shard, but reason to list the shards again.

const DIGITS_WITHIN_SHARD = 44;

/** The leading digits of a number, unlike those of a shard that was created in another second; none if it is short. */
export function birthOf(sequenceNumber: string): string {
  return sequenceNumber.slice(0, -DIGITS_WITHIN_SHARD);
}
