// Concurrency with a bound.

/** Runs a task for each item, so many at a time; rejects with the first failure, once all have settled. */
export async function forEachLimited<Item>(
  items: Iterable<Item>,
  limit: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async (first: Item): Promise<void> => {
    await task(first);
    for (let next = queue.next(); next.done !== true; next = queue.next()) await task(next.value);
  };
  const workers: Promise<void>[] = [];
  while (workers.length < limit) {
    const next = queue.next();
    // Often there is nothing to do, or one thing: nobody is started in vain.
    if (next.done === true) break;
    workers.push(worker(next.value));
  }
  const results = await Promise.allSettled(workers);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
