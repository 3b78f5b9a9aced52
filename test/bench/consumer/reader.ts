// Who reads, and how many answers came of it.
import type { EndpointPorts } from "./endpoint-process.ts";
import type { Load } from "./load.ts";

/** Reads from the endpoint. Its connections end with its process. */
export interface Reader {
  /** Reads until `limit.isOver`; resolves to how many answers came. */
  readonly read: (limit: TimeLimit) => Promise<number>;
}

export interface TimeLimit {
  readonly isOver: boolean;
}

/** A way to read, opened in a process of its own. */
export type OpenReader = (ports: EndpointPorts, load: Load) => Reader | Promise<Reader>;

/** Makes one call for a shard. @throws unless it brought as much as it should */
export type Fetch = (shard: number) => Promise<void>;

/** Keeps some pollers busy, each with a call under way. */
export function pollingReader({ pollers, shards }: Load, fetch: Fetch): Reader {
  return {
    read: async (limit) => {
      let answers = 0;
      const poll = async (poller: number): Promise<void> => {
        while (!limit.isOver) {
          await fetch(poller % shards);
          answers += 1;
        }
      };
      await Promise.all(Array.from({ length: pollers }, (_, poller) => poll(poller)));
      return answers;
    },
  };
}
