// Tags as the API lists them.

/** One tag. */
export interface TagOutput {
  readonly Key: string;
  readonly Value: string;
}

/** Lists tags in the order of their keys. */
export function describeTags(tags: ReadonlyMap<string, string>): TagOutput[] {
  return [...tags]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ Key: key, Value: value }));
}
