import { Events, type Logger, logEvents, type LogTable, silentLogger } from "@shardline/core";
import { expect, test } from "vitest";

type Told = { done: { readonly count: number }; failed: { readonly reason: string } };

const TABLE: LogTable<Told> = { done: ["info", "it is done"], failed: ["warn", "it failed"] };

function emitter(): { readonly events: Events<Told>; readonly errors: unknown[] } {
  const errors: unknown[] = [];
  return { errors, events: new Events<Told>((error, type) => errors.push([type, error])) };
}

test("listeners hear the events of their type, in the order in which they came", () => {
  const { events } = emitter();
  const heard: string[] = [];
  events.on("done", ({ count }) => heard.push(`first ${count}`));
  events.on("done", ({ count }) => heard.push(`second ${count}`));
  events.emit("done", { count: 1 });
  events.emit("failed", { reason: "x" });
  expect(heard).toEqual(["first 1", "second 1"]);
});

test("a listener is gone when its handle is disposed of, each registration by itself", () => {
  const { events } = emitter();
  let heard = 0;
  const listener = (): void => {
    heard += 1;
  };
  const first = events.on("done", listener);
  const second = events.on("done", listener);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  events.emit("done", { count: 1 });
  expect(heard).toBe(1);
  expect(events.hasListeners("done")).toBe(true);
  second[Symbol.dispose]();
  expect(events.hasListeners("done")).toBe(false);
  expect(events.hasListeners("failed")).toBe(false);
});

test("a listener that throws is told of and hurts nobody", () => {
  const { errors, events } = emitter();
  const reason = new Error("bad listener");
  let heard = 0;
  events.on("done", () => {
    throw reason;
  });
  events.on("done", () => {
    heard += 1;
  });
  events.emit("done", { count: 1 });
  expect(heard).toBe(1);
  expect(errors).toEqual([["done", reason]]);
});

test("a listener that removes itself or adds another while it is called is fine", () => {
  const { events } = emitter();
  const heard: string[] = [];
  const handle = events.on("done", () => {
    heard.push("once");
    handle[Symbol.dispose]();
  });
  events.on("done", () => heard.push("always"));
  events.emit("done", { count: 1 });
  events.emit("done", { count: 2 });
  expect(heard).toEqual(["once", "always", "always"]);
});

test("events are logged at the level and with the words of their table, until disposed of", () => {
  const { events } = emitter();
  const lines: unknown[] = [];
  const keep =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push([level, message, fields]);
  const logger: Logger = {
    debug: keep("debug"),
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
  };
  const logging = logEvents(events, TABLE, logger);
  events.emit("done", { count: 1 });
  events.emit("failed", { reason: "x" });
  logging[Symbol.dispose]();
  events.emit("done", { count: 2 });
  expect(lines).toEqual([
    ["info", "it is done", { count: 1 }],
    ["warn", "it failed", { reason: "x" }],
  ]);
});

test("what the table leaves out is not logged, and nobody listens for it", () => {
  const { events } = emitter();
  const table: LogTable<Told> = { ...TABLE, done: undefined };
  logEvents(events, table, silentLogger);
  expect([events.hasListeners("done"), events.hasListeners("failed")]).toEqual([false, true]);
});

test("an error is logged under the name by which pino writes errors out", () => {
  type Broken = { broke: { readonly error: unknown; readonly count: number } };
  const table: LogTable<Broken> = { broke: ["warn", "it broke"] };
  const events = new Events<Broken>(() => undefined);
  const lines: object[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => void lines.push(fields) };
  logEvents(events, table, logger);
  const error = new Error("why");
  events.emit("broke", { error, count: 2 });
  expect(lines).toEqual([{ err: error, count: 2 }]);
});

test("a logger's methods are called on the logger", () => {
  const { events } = emitter();
  class Own {
    readonly lines: string[] = [];
    debug = (): void => undefined;
    info(_fields: object, message: string): void {
      this.lines.push(message);
    }
    warn = (): void => undefined;
    error = (): void => undefined;
  }
  const logger = new Own();
  logEvents(events, TABLE, logger);
  events.emit("done", { count: 1 });
  expect(logger.lines).toEqual(["it is done"]);
});

test("the silent logger keeps silent", () => {
  const { events } = emitter();
  logEvents(events, TABLE, silentLogger);
  events.emit("done", { count: 1 });
});
