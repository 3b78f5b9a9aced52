// Loop: tells when a shard lags too far behind, and when it has recovered. Asks now and then, because a shard that stands
// still tells nothing itself.
import { type Clock, type EventSink, type Loop, startLoop } from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";
import type { ConsumerSettings } from "../settings.ts";
import type { ShardLook } from "../shard/shard-look.ts";
import { lagWarningOf, planLagNews, type ShardLag } from "./lag-plan.ts";
import { lagOf } from "./stats-plan.ts";
import { timeOf, type WorkerView } from "./worker-view.ts";

const PERIOD_MS = 10_000;

export interface LagWatchOptions {
  readonly clock: Clock;
  readonly events: EventSink<ConsumerEvents>;
  readonly settings: ConsumerSettings;
  readonly signal: AbortSignal;
  readonly worker: WorkerView;
}

/** Starts the loop; it runs until the signal aborts. */
export function startLagWatch({ clock, events, settings, signal, worker }: LagWatchOptions): Loop {
  let warned: ReadonlySet<string> = new Set();
  const lagsOf = (look: ShardLook): readonly ShardLag[] => {
    const time = timeOf(look, clock, settings);
    const warningMs = lagWarningOf(settings.lagWarningMs, look.retentionMs);
    const { progress, shardId, stream } = look;
    const lagMs = lagOf(progress, time);
    return warningMs === undefined ? [] : [{ shardId, stream, lagMs, warningMs }];
  };
  return startLoop({
    name: "lag watch",
    clock,
    signal,
    step: async () => {
      const news = planLagNews(worker.shards.flatMap(lagsOf), warned);
      warned = news.warned;
      for (const late of news.exceeded) events.emit("lagExceeded", late);
      for (const fine of news.recovered) events.emit("lagRecovered", fine);
      return { afterMs: PERIOD_MS };
    },
    backoffMs: () => undefined,
  });
}
