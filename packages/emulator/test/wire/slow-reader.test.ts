import { setTimeout as pause } from "node:timers/promises";
import { systemClock, systemRandom } from "@shardline/core";
import { Emulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { httpHandleOf, leaseTableOf } from "../../src/create-request-handler.ts";
import type { HttpAnswer, HttpHandle } from "../../src/http/http-message.ts";
import { HttpServer } from "../../src/http/http-server.ts";
import { STREAM_ARN } from "../support/fan-out.ts";
import { messagesOf, PLAIN, subscriptionOf } from "../support/plain-subscription.ts";

const RECORDS = 60;
const RECORD_BYTES = 1_000_000;

/** Counts the pieces of streamed answers as they are made. */
function counting(handle: HttpHandle): {
  readonly handle: HttpHandle;
  readonly made: () => number;
} {
  let made = 0;
  async function* counted(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of body) {
      made += 1;
      yield piece;
    }
  }
  const countedAnswer = (answer: HttpAnswer): HttpAnswer =>
    Buffer.isBuffer(answer.body) ? answer : { ...answer, body: counted(answer.body) };
  return { handle: async (request) => countedAnswer(await handle(request)), made: () => made };
}

test.each(PLAIN)(
  "T40: a client that pauses over %s gets everything, and little is made for it meanwhile",
  async (_, over) => {
    const parts = { clock: systemClock, random: systemRandom };
    using emulator = new Emulator({ ...parts, streams: { s: 1 } });
    const { handle, made } = counting(httpHandleOf(emulator, leaseTableOf(emulator)));
    const server = await HttpServer.listen(0, handle);
    const { Consumer } = (await emulator.call("RegisterStreamConsumer", {
      StreamARN: STREAM_ARN,
      ConsumerName: "c",
    })) as { Consumer: { ConsumerARN: string } };
    const Data = Buffer.alloc(RECORD_BYTES, 7);
    for (let i = 0; i < RECORDS; i += 1) {
      await emulator.call("PutRecord", { StreamName: "s", PartitionKey: `${i}`, Data });
    }
    await expect.poll(() => emulator.inspect("s")?.consumers[0]?.status).toBe("ACTIVE");
    {
      using subscription = await over(
        server.port,
        subscriptionOf(Consumer.ConsumerARN, "TRIM_HORIZON"),
      );
      // Until nothing more is made: the buffers of both ends hold a few MB of the 80 MB.
      let before = -1;
      while (made() > before) {
        before = made();
        await pause(100);
      }
      expect(made()).toBeLessThan(10);
      const keys: unknown[] = [];
      for await (const { payload } of messagesOf(subscription.bytes)) {
        const { Records = [] } = JSON.parse(payload.toString()) as {
          Records?: { PartitionKey: string }[];
        };
        keys.push(...Records.map(({ PartitionKey }) => PartitionKey));
        if (keys.length === RECORDS) break;
      }
      expect(keys).toEqual(Array.from({ length: RECORDS }, (_key, i) => `${i}`));
      expect(made()).toBeGreaterThan(30);
    }
    await server.close();
  },
);
