// Our producer, by each of its ways to put.
import type { OnSettled, Producer, ProducerOptions } from "@shardline/producer";
import { type Load, type TimeLimit, Window } from "./load.ts";
import { newProducer } from "./new-producer.ts";
import { type InputRecord, RecordSource, type Traffic } from "./traffic.ts";

/** How a producer of ours is set up and fed. */
export interface OurWay {
  readonly outstanding: number;
  readonly ordering: "partition-key" | "none";
}

const ROOMY_BYTES = 1 << 30;

/** `put(record).then(onStored, onFailed)`. */
export function putLoad(endpoint: string, traffic: Traffic, way: OurWay): Load {
  const source = new RecordSource(traffic);
  const producer = newProducer(endpoint, optionsOf(way));
  const window = new Window(way.outstanding);
  return {
    run: async (limit) => {
      while (!limit.isOver) {
        for (; !window.isFull; window.enter()) {
          producer.put(source.next()).then(window.onStored, window.onFailed);
        }
        await window.hasRoom();
      }
      await producer.flush();
      return window.empty();
    },
    close: () => closed(producer),
  };
}

/** `await ready()`, then an async function that awaits `put(record)`. */
export function awaitedPutLoad(endpoint: string, traffic: Traffic, way: OurWay): Load {
  const source = new RecordSource(traffic);
  const producer = newProducer(endpoint, optionsOf(way));
  const window = new Window(way.outstanding);
  const put = async (record: InputRecord): Promise<void> => {
    try {
      await producer.put(record);
      window.onStored();
    } catch (error) {
      window.onFailed(error);
    }
  };
  return {
    run: async (limit) => {
      while (!limit.isOver) {
        await producer.ready();
        window.enter();
        void put(source.next());
      }
      await producer.flush();
      return window.empty();
    },
    close: () => closed(producer),
  };
}

/** `write(record, onSettled)` with one callback for all, until it answers false; then the event `drained`. */
export function writeLoad(endpoint: string, traffic: Traffic, way: OurWay): Load {
  const source = new RecordSource(traffic);
  const producer = newProducer(endpoint, optionsOf(way));
  const window = new Window(way.outstanding);
  let wake = (): void => undefined;
  producer.on("drained", () => wake());
  const onSettled: OnSettled = (error) => {
    if (error === undefined) window.onStored();
    else window.onFailed(error);
  };
  return {
    run: async (limit) => {
      while (!limit.isOver) {
        do window.enter();
        while (producer.write(source.next(), onSettled));
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      await producer.flush();
      return window.empty();
    },
    close: () => closed(producer),
  };
}

/** `putMany(records)`, which answers record by record. */
export function putManyLoad(endpoint: string, traffic: Traffic, way: OurWay): Load {
  const source = new RecordSource(traffic);
  const producer = newProducer(endpoint, optionsOf(way));
  function* recordsUntil(limit: TimeLimit): Generator<InputRecord> {
    while (!limit.isOver) yield source.next();
  }
  return {
    run: async (limit) => {
      let stored = 0;
      const outcomes = producer.putMany(recordsUntil(limit), { window: way.outstanding });
      for await (const outcome of outcomes) {
        if (outcome.kind === "failed") throw outcome.error;
        stored += 1;
      }
      return stored;
    },
    close: () => closed(producer),
  };
}

async function closed(producer: Producer): Promise<void> {
  await producer.close();
}

/** Room for as many records as are to be outstanding. */
function optionsOf({ ordering, outstanding }: OurWay): Partial<ProducerOptions> {
  return { ordering, buffer: { maxRecords: outstanding, maxBytes: ROOMY_BYTES } };
}
