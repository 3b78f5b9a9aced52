// Where a shard is fetched and decoded.

export const WAYS = ["on the handler's thread", "on a thread of its own"] as const;

export type Way = (typeof WAYS)[number];
