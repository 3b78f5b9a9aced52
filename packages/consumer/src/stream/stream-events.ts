// What a worker of many streams tells of them.

/** Event name to payload. */
export type StreamEvents = {
  /** Its shards can be read from now on. */
  streamStarted: {
    /** What the application calls it. */
    readonly stream: string;
    /** What the lease table calls it: account, name and creation time. */
    readonly streamName: string;
  };
  /**
   * It cannot be read, or not any more: it does not exist, was created again, does not tell what it is, or something went
   * wrong in one of its shards. Its leases are given up, the other streams go on, and it is tried again.
   */
  streamFailed: {
    readonly stream: string;
    readonly error: unknown;
    readonly retryAfterMs: number;
  };
  /** It is not named any more; its shards were finished and given up. */
  streamRemoved: { readonly stream: string };
  /** The streams could not be asked for; those that were there stay. */
  streamListFailed: { readonly error: unknown; readonly retryAfterMs: number };
  /** Leases of a stream that nobody named for as long as `streams.former` says were deleted. */
  formerStreamDeleted: { readonly streamName: string; readonly leases: number };
};
