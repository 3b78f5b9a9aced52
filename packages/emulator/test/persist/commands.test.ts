// Commands on an emulator whose folder cannot be written: none is carried out in silence, in the process or over HTTP.
import { RunningEmulator, startEmulator } from "@shardline/emulator";
import { describe, expect, test } from "vitest";
import { fullDisk } from "../support/failing-disk.ts";
import { contentOf, type Kept, newKept, putTexts } from "../support/kept.ts";

const RECORD = { partitionKey: "k", data: "a" };
const COMMANDS: readonly (readonly [string, (emulator: RunningEmulator) => unknown])[] = [
  ["inject", (emulator) => emulator.inject("s", [RECORD])],
  ["reshard", (emulator) => emulator.reshard("s", { to: 2 })],
  ["clock.advance", (emulator) => emulator.clock.advance(1000)],
  ["reset", (emulator) => emulator.reset()],
  ["restore", (emulator) => emulator.restore(emulator.snapshot())],
];
const OVER_HTTP: readonly (readonly [string, string, string])[] = [
  ["records", "json", JSON.stringify({ stream: "s", records: [{ partitionKey: "k", data: "" }] })],
  ["reshard", "json", JSON.stringify({ stream: "s", to: 2 })],
  ["clock", "json", JSON.stringify({ advanceMs: 1000 })],
  ["reset", "json", "{}"],
  ["restore", "octet-stream", ""],
];

/** How a command is refused that cannot be kept. */
const notKept = ({ folder }: Kept): object => ({
  name: "KinesisError",
  code: "PERSISTENCE_FAILED",
  isRetryable: false,
  details: { file: folder },
  message: expect.stringMatching(
    /cannot write to .*ENOSPC.*accepts nothing until it is started again/,
  ) as string,
});

/** An emulator with a record, whose folder could not be written once. */
async function failed(kept: Kept): Promise<RunningEmulator> {
  const emulator = await kept.start({ streams: { s: 1 } });
  await putTexts(emulator, ["a"]);
  using _full = fullDisk();
  await expect(putTexts(emulator, ["b"])).rejects.toMatchObject({ code: "API_CALL_FAILED" });
  return emulator;
}

/** What a command would change. */
const stateOf = (emulator: RunningEmulator): unknown => [
  contentOf(emulator),
  emulator.stats(),
  emulator.clock.nowMs(),
];

async function refusalOf(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

function post(
  { endpoint }: RunningEmulator,
  name: string,
  type: string,
  body: string,
): Promise<Response> {
  const headers = { "content-type": `application/${type}` };
  return fetch(`${endpoint}/_emu/${name}`, { method: "POST", headers, body });
}

describe("an emulator whose folder has failed changes nothing", () => {
  test.each(COMMANDS)("by %s", async (_, command) => {
    await using kept = newKept();
    const emulator = await failed(kept);
    const before = stateOf(emulator);
    expect(await refusalOf(() => command(emulator))).toMatchObject(notKept(kept));
    expect(stateOf(emulator)).toEqual(before);
  });

  test.each(OVER_HTTP)("by POST /_emu/%s", async (name, type, body) => {
    await using kept = newKept();
    const emulator = await failed(kept);
    const before = stateOf(emulator);
    const answer = await post(emulator, name, type, body);
    expect(answer.status).toBe(500);
    const { code, message } = notKept(kept) as { code: string; message: string };
    expect(await answer.json()).toEqual({ code, message });
    expect(stateOf(emulator)).toEqual(before);
  });
});

describe("a command that cannot be written is told so, and is gone after a restart", () => {
  test.each(COMMANDS)("%s", async (_, command) => {
    await using kept = newKept();
    const emulator = await kept.start({ streams: { s: 1 } });
    await putTexts(emulator, ["a"]);
    const before = contentOf(emulator);
    {
      using _full = fullDisk();
      expect(await refusalOf(() => command(emulator))).toMatchObject(notKept(kept));
    }
    expect(await refusalOf(() => command(emulator))).toMatchObject(notKept(kept));
    expect(await refusalOf(() => emulator.close())).toMatchObject(notKept(kept));
    expect(contentOf(await kept.start())).toEqual(before);
  });
});

test("a command that makes no sense is told so, also where everything is kept", async () => {
  await using kept = newKept();
  await using plain = await startEmulator({ streams: { s: 1 } });
  for (const emulator of [plain, await kept.start({ streams: { s: 1 } })]) {
    const before = contentOf(emulator);
    expect(() => emulator.inject("s", [])).toThrow("a list of 1 to 10000 records");
    expect(() => emulator.inject("t", [RECORD])).toThrow("no stream t");
    expect(() => emulator.reshard("s", { to: 0 })).toThrow("a whole number from 1");
    expect(() => emulator.clock.advance(-1)).toThrow("byMs must be a number from 0");
    expect(contentOf(emulator)).toEqual(before);
  }
});

test("an emulator that has started has kept its first streams, wherever the disk is full", async () => {
  let refusals = 0;
  for (const streams = { s: 1, t: 2 }; ; refusals += 1) {
    await using kept = newKept();
    const full = fullDisk(refusals);
    const started = await kept.start({ streams }).catch((error: unknown) => error);
    full[Symbol.dispose]();
    if (started instanceof RunningEmulator) {
      const before = contentOf(started, "t");
      await started.close();
      expect(contentOf(await kept.start(), "t")).toEqual(before);
      break;
    }
    expect(started).toMatchObject({ code: "PERSISTENCE_FAILED" });
  }
  expect(refusals).toBeGreaterThan(2);
});
