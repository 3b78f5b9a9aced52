// Our producer, by its calls for single records.
import type { Producer, ProducerOptions } from "@shardline/producer";
import { type Load, Window } from "./load.ts";
import { newProducer } from "./new-producer.ts";
import { type InputRecord, RecordSource, type Traffic } from "./traffic.ts";

/** How a producer of ours is set up and fed. */
export interface OurWay {
  readonly outstanding: number;
  readonly ordering: "partition-key" | "none";
}

const ROOMY_BYTES = 1 << 30;

/** `put(record).then(onStored, onFailed)`. */
export function putLoad(port: number, traffic: Traffic, way: OurWay): Load {
  const source = new RecordSource(traffic);
  const producer = newProducer(port, optionsOf(way));
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
export function awaitedPutLoad(port: number, traffic: Traffic, way: OurWay): Load {
  const source = new RecordSource(traffic);
  const producer = newProducer(port, optionsOf(way));
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

async function closed(producer: Producer): Promise<void> {
  await producer.close();
}

/** Room for as many records as are to be outstanding. */
function optionsOf({ ordering, outstanding }: OurWay): Partial<ProducerOptions> {
  return { ordering, buffer: { maxRecords: outstanding, maxBytes: ROOMY_BYTES } };
}
