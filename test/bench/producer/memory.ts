// What outstanding records cost in memory: up to a million puts against a dead endpoint, with the default mark on bytes.
import { atMost } from "../emulator/way.ts";
import type { Comparison } from "../suite.ts";
import { HelperProcess } from "./helper-process.ts";
import { type Held, MARK_BYTES, type MemoryArgument } from "./memory-messages.ts";
import { TRAFFICS } from "./traffic.ts";

/** A way to fill a producer, with what its goals are called. */
interface Way extends MemoryArgument {
  readonly name: string;
  readonly id: string;
  /** What a record may take beside its data and key. */
  readonly must: number;
  readonly stretch: number;
}

const MIB = 1024 * 1024;
/** Data and partition key. */
const PAYLOAD_BYTES = TRAFFICS.keys20.dataBytes + "user-000000".length;

const WAYS: readonly Way[] = [
  {
    name: "write()",
    id: "write",
    by: "write",
    diesAt: "warmth",
    records: 250_000,
    must: 24,
    stretch: 12,
  },
  {
    name: "put().then()",
    id: "put",
    by: "put",
    diesAt: "warmth",
    records: 1_000_000,
    must: 300,
    stretch: 200,
  },
  {
    name: "put().then(), without a shard map",
    id: "put.start",
    by: "put",
    diesAt: "start",
    records: 250_000,
    must: 300,
    stretch: 200,
  },
];

/** G11 and "memory.dead"; each producer is filled once, because nothing in it depends on chance. */
export async function* memoryComparisons(): AsyncGenerator<Comparison> {
  const filled = await Promise.all(WAYS.map(async (way) => ({ ...way, held: await fill(way) })));
  yield {
    title: "a dead endpoint, 100 B, 20 keys: heap and buffers beyond data and key",
    unit: "bytes per outstanding record",
    variants: filled.map(({ held, name }) => ({
      name,
      role: "ours",
      sample: () => held.bytes / held.records - PAYLOAD_BYTES,
    })),
    goals: filled.map(({ id, must, name, stretch }) =>
      atMost(`G11.${id}`, `${name}, beyond data and key`, name, must, stretch),
    ),
    check: () => {},
  };
  yield {
    title: "a dead endpoint, buffer.maxBytes 64 MiB: heap and buffers at most",
    unit: "MiB",
    variants: filled.map(({ held, name }) => ({
      name,
      role: "ours",
      sample: () => held.bytes / MIB,
    })),
    goals: filled.map(({ held, id, must, name, records }) => {
      const most = Math.ceil((MARK_BYTES + held.records * must) / MIB);
      const what = `${records} puts: 64 MiB, and ${must} bytes for each of ${held.records} outstanding`;
      return atMost(`memory.dead.${id}`, what, name, most, MARK_BYTES / MIB);
    }),
    check: () => {},
  };
}

async function fill({ by, diesAt, records }: Way): Promise<Held> {
  const argument: MemoryArgument = { by, diesAt, records };
  return (await HelperProcess.start<Held, never>("memory-process.js", argument)).ready;
}
