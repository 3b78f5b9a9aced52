import { createProducer, type KinesisError } from "@shardline/producer";

const producer = createProducer({ stream: "orders" }); // once per environment, not per invocation

export async function handler(orders: readonly { customer: string }[]): Promise<void> {
  const errors: KinesisError[] = [];
  for (const order of orders) {
    const record = { partitionKey: order.customer, data: JSON.stringify(order) };
    producer.write(record, (error) => {
      if (error) errors.push(error);
    });
  }
  await producer.flush(); // sends at once; no record is under way when the environment freezes
  if (errors.length > 0) throw new AggregateError(errors, "not all orders were stored");
}
