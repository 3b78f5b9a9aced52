// Options of how records find their shards. Checks and defaults: settings.ts.

/** How records find their shards. */
export interface ShardMapOptions {
  /**
   * How long records wait for the first list of shards, in ms, from 0 to 3600000; then they go one by one without it.
   * @defaultValue 5000
   */
  readonly initialWaitMs?: number;
  /**
   * How old the list may grow before a `put` renews it, in ms, from 1000 to 86400000, give or take a fifth; 0 for as old
   * as it likes. A landing that contradicts it renews it at once in any case.
   * @defaultValue 300000
   */
  readonly refreshMs?: number;
}
