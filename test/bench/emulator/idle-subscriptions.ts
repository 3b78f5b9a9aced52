// What subscriptions cost to which nothing happens: each is sent an empty event now and then.
import { setTimeout as sleep } from "node:timers/promises";
import type { Comparison } from "../suite.ts";
import { openSession } from "./http2-client.ts";
import { newConsumer } from "./new-consumer.ts";
import { Server } from "./server.ts";
import { renewStream } from "./stream-setup.ts";
import { subscribe } from "./subscriber.ts";
import { atMost } from "./way.ts";

const IDLE_SUBSCRIPTIONS = 1000;
/** How often an idle subscription is sent an event. */
const HEARTBEAT_MS = 5000;
const WARM_UP_HEARTBEATS = 7;

/** Subscriptions to which nothing happens but a heartbeat. */
export async function* idleSubscriptionsComparison(): AsyncGenerator<Comparison> {
  await using server = await Server.start("emulator");
  await renewStream(server, { ShardCount: IDLE_SUBSCRIPTIONS });
  const session = await openSession(server.port);
  try {
    const ConsumerARN = await newConsumer(server);
    for (let i = 0; i < IDLE_SUBSCRIPTIONS; i += 1) {
      const ShardId = `shardId-${String(i).padStart(12, "0")}`;
      const input = { ConsumerARN, ShardId, StartingPosition: { Type: "LATEST" } } as const;
      await subscribe(session, input, () => {});
    }
    // The first heartbeats run code that is not compiled yet: so little runs that it takes many seconds until it is.
    await sleep(WARM_UP_HEARTBEATS * HEARTBEAT_MS);
    yield {
      title: `${IDLE_SUBSCRIPTIONS} idle subscriptions, over h2c`,
      unit: "% of a core",
      variants: [{ name: "the server's CPU", role: "ours", sample: () => idleShare(server) }],
      goals: [atMost("E9", "share of a core", "the server's CPU", 1, 0.5)],
      check: () => {},
    };
  } finally {
    session.destroy();
  }
}

/** The share of a core over one heartbeat of each subscription, in percent. */
async function idleShare(server: Server): Promise<number> {
  const before = await server.usage();
  await sleep(HEARTBEAT_MS);
  const after = await server.usage();
  return ((after.cpuUs - before.cpuUs) / (HEARTBEAT_MS * 1000)) * 100;
}
