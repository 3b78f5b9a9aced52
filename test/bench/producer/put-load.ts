// Our producer, by its calls for single records.
import { createProducer, type Producer } from "@shardline/producer";
import { STREAM } from "../emulator/traffic.ts";
import { type Load, Window } from "./load.ts";
import { type InputRecord, RecordSource, type Traffic } from "./traffic.ts";

/** How a producer of ours is set up and fed. */
export interface OurWay {
  readonly outstanding: number;
  readonly ordering: "partition-key" | "none";
}

const ROOMY_BYTES = 1 << 30;

/** A producer as the goals want it: no limit on the rate, room for as many records as are to be outstanding. */
function newProducer(port: number, { ordering, outstanding }: OurWay): Producer {
  return createProducer({
    stream: STREAM,
    kinesis: {
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    },
    ordering,
    ratePercent: false,
    buffer: { maxRecords: outstanding, maxBytes: ROOMY_BYTES },
  });
}

/** `put(record).then(onStored, onFailed)`. */
export function putLoad(port: number, traffic: Traffic, way: OurWay): Load {
  const source = new RecordSource(traffic);
  const producer = newProducer(port, way);
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
  const producer = newProducer(port, way);
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
