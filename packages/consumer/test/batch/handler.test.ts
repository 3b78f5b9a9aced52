// The types of handlers come from a door of their own, and are those of the package.
import type * as whole from "@shardline/consumer";
import type * as handler from "@shardline/consumer/handler";
import { expectTypeOf, test } from "vitest";

test("@shardline/consumer/handler has every type that a handler is written with", () => {
  expectTypeOf<handler.RecordHandler>().toEqualTypeOf<whole.RecordHandler>();
  expectTypeOf<handler.BatchHandler>().toEqualTypeOf<whole.BatchHandler>();
  expectTypeOf<handler.BatchOutcome>().toEqualTypeOf<whole.BatchOutcome>();
  expectTypeOf<Parameters<handler.RecordHandler>>().toEqualTypeOf<
    [handler.ConsumedRecord, handler.ShardContext]
  >();
  expectTypeOf<Parameters<handler.BatchHandler>>().toEqualTypeOf<
    [handler.Batch, handler.ShardContext]
  >();
});
