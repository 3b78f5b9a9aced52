// No worker at all: bare calls or subscriptions, without leases, which hand on what comes. They are the floor of how soon a
// record can be handed to anybody. Their process runs until it is killed.
import { setTimeout as sleep } from "node:timers/promises";
import { cbor } from "@smithy/core/cbor";
import { BareCalls } from "./bare-calls.ts";
import { listenTo, registered, sessionTo } from "./bare-subscription.ts";
import { type Saying, serveWorker } from "./node-worker.ts";
import type { WorkerTask } from "./worker-task.ts";

/** What an answer or an event brings, with the members of the service's model. */
interface Brought<Data> {
  readonly Records: readonly { readonly Data: Data }[];
}

serveWorker((task, application, saying) => {
  const calls = new BareCalls(task);
  if (task.read === "polling") void poll(calls, task, saying);
  else void listen(calls, task, application, saying);
  return () => Promise.reject(new Error("nothing here ends in good order"));
});

async function poll(
  calls: BareCalls,
  { idleMs, stream }: WorkerTask,
  saying: Saying,
): Promise<void> {
  const shardIds = await calls.shardIdsOf(stream);
  const pollShard = async (shardId: string, i: number): Promise<void> => {
    const next = await calls.pollerOf(stream, shardId);
    saying.taken(shardId);
    // So that they do not come all at once.
    await sleep((i / shardIds.length) * idleMs);
    for (;;) {
      const { pieces } = await next();
      const { Records } = cbor.deserialize(Buffer.concat(pieces)) as Brought<Uint8Array>;
      const texts = Records.map(({ Data }) => Buffer.from(Data).toString());
      hand(saying, shardId, texts);
      await sleep(idleMs);
    }
  };
  await Promise.all(shardIds.map(pollShard));
}

async function listen(
  calls: BareCalls,
  { endpoint, stream }: WorkerTask,
  application: string,
  saying: Saying,
): Promise<void> {
  const consumer = await registered(calls, stream, application);
  const session = await sessionTo(endpoint);
  for (const shardId of await calls.shardIdsOf(stream)) {
    await listenTo(session, consumer, shardId, (payload) => {
      const { Records } = JSON.parse(payload.toString()) as Brought<string>;
      const texts = Records.map(({ Data }) => Buffer.from(Data, "base64").toString());
      hand(saying, shardId, texts);
    });
    saying.taken(shardId);
  }
}

function hand({ handed }: Saying, shardId: string, texts: readonly string[]): void {
  if (texts.length > 0) handed({ shardId, count: texts.length, texts: () => texts });
}
