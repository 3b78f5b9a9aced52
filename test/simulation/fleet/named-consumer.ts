// What an application of many streams sees of its consumer, with shards under their names: so its handlers need not know
// that shards of several streams have the same ids.
import type {
  Consumer,
  ConsumerEvents,
  ConsumerOptions,
  ShardContext,
  ShardHooks,
} from "@shardline/consumer";
import type { ShardNames } from "../evidence/shard-names.ts";

/** What an application does with its consumer while that runs. */
export type WatchedConsumer = Pick<Consumer, "on" | "retryShard" | "skipRecord">;

/** The same consumer. */
export function namedConsumer(consumer: WatchedConsumer, names: ShardNames): WatchedConsumer {
  const on = <Type extends keyof ConsumerEvents>(
    type: Type,
    listener: (fields: ConsumerEvents[Type]) => void,
  ) => {
    const tell = (fields: object): void => listener(names.named(fields) as ConsumerEvents[Type]);
    return consumer.on(type, tell as typeof listener);
  };
  const at = (name: string) => [names.idOf(name), names.streamOf(name).name] as const;
  return {
    on: on as Consumer["on"],
    retryShard: (name) => consumer.retryShard(...at(name)),
    skipRecord: (name) => consumer.skipRecord(...at(name)),
  };
}

/** The same hooks. */
export function namedHooks(hooks: ShardHooks, names: ShardNames): ShardHooks {
  const named = Object.entries(hooks).map(([turn, hook]) => [
    turn,
    (shard: ShardContext, ...more: readonly unknown[]) => hook(names.named(shard), ...more),
  ]);
  return Object.fromEntries(named) as ShardHooks;
}

/** The same policy; its sink gets dead letters. */
export function namedPolicy(
  { onFailure }: Pick<ConsumerOptions, "onFailure">,
  names: ShardNames,
): Pick<ConsumerOptions, "onFailure"> {
  const sink = onFailure?.deadLetter;
  if (sink === undefined) return onFailure === undefined ? {} : { onFailure };
  const deadLetter: typeof sink = (letter, ...more) => sink(names.named(letter), ...more);
  return { onFailure: { ...onFailure, deadLetter } };
}
