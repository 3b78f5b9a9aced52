import { SeededRandom } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { KinesisClients } from "../../src/stream/kinesis-clients.ts";

const CREDENTIALS = { accessKeyId: "a", secretAccessKey: "b" };
const CONFIGURATION = { region: "eu-west-1", credentials: CREDENTIALS };

test("streams of the same source and region share a client, others do not", () => {
  using clients = new KinesisClients(() => undefined);
  const one = clients.open("a", CONFIGURATION);
  expect(clients.open("b", CONFIGURATION).api).toBe(one.api);
  const abroad = clients.open("c", CONFIGURATION, "us-east-1");
  expect(abroad.api).not.toBe(one.api);
  expect(clients.open("d", CONFIGURATION, "us-east-1").api).toBe(abroad.api);
  expect(clients.open("e", { ...CONFIGURATION }).api).not.toBe(one.api);
});

test("a client is kept while a stream uses it", () => {
  using clients = new KinesisClients(() => undefined);
  const [one, other] = [clients.open("a", CONFIGURATION), clients.open("b", CONFIGURATION)];
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  expect(clients.open("c", CONFIGURATION).api).toBe(other.api);
  other[Symbol.dispose]();
  using rest = new KinesisClients(() => undefined);
  const last = rest.open("a", CONFIGURATION);
  last[Symbol.dispose]();
  expect(rest.open("a", CONFIGURATION).api).not.toBe(last.api);
});

test("what is ready is used as it is, wherever the stream is", () => {
  const emulator = new Emulator({ clock: quietClock(), random: new SeededRandom(1) });
  using clients = new KinesisClients(() => undefined);
  const api = emulator.kinesis();
  expect(clients.open("a", api, "us-east-1").api).toBe(api);
  emulator.close();
});
