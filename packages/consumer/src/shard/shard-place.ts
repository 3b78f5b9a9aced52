// A shard among those of all streams, whose ids are the same.

export interface ShardPlace {
  readonly shardId: string;
  /** Only where many streams are read: what the application calls it. */
  readonly stream?: string | undefined;
}

/** A name that no other shard has: neither ids of shards nor labels have a slash. */
export function placeNameOf({ shardId, stream }: ShardPlace): string {
  return stream === undefined ? shardId : `${stream}/${shardId}`;
}
