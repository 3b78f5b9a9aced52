// By what a shard's records come.

/** Calls that ask for them, or subscriptions. */
export type ReadMode = "polling" | "fan-out";
