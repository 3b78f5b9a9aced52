// Consumers for readings by enhanced fan-out.
import type { Server } from "./server.ts";
import { call } from "./stream-setup.ts";
import { STREAM } from "./traffic.ts";

let consumersMade = 0;

/** A consumer of its own for each reading: a shard is not given to one again within five seconds. */
export async function newConsumer(server: Server): Promise<string> {
  const { StreamDescriptionSummary } = await call<{
    StreamDescriptionSummary: { StreamARN: string };
  }>(server, "DescribeStreamSummary", { StreamName: STREAM });
  consumersMade += 1;
  const { StreamARN } = StreamDescriptionSummary;
  const ConsumerName = `consumer-${consumersMade}`;
  const { Consumer } = await call<{ Consumer: { ConsumerARN: string } }>(
    server,
    "RegisterStreamConsumer",
    { StreamARN, ConsumerName },
  );
  const { ConsumerARN } = Consumer;
  for (;;) {
    const { ConsumerDescription } = await call<{ ConsumerDescription: { ConsumerStatus: string } }>(
      server,
      "DescribeStreamConsumer",
      { ConsumerARN },
    );
    if (ConsumerDescription.ConsumerStatus === "ACTIVE") return ConsumerARN;
  }
}
