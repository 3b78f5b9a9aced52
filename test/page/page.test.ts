// The emulator's page in a browser: what is drawn and told, to whoever looks and to whoever listens.
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { look, overflowOf, picture, useBrowser } from "./browser.ts";
import { HOSTILE, lease, merge, put, shardId, split, startStage, subscribe } from "./stage.ts";

useBrowser();

const PHONE = { viewport: { width: 360, height: 780 } };

interface Drawn {
  readonly id: string;
  readonly state: string;
  /** Parts of the whole width and rows from the top, to three digits. */
  readonly from: number;
  readonly to: number;
  readonly row: number;
  readonly rows: number;
}

/** The shards as they are drawn. */
function drawnOn(page: Page): Promise<Drawn[]> {
  return page.evaluate(() => {
    const gutter = 26;
    const axis = 22;
    const svg = document.querySelector("#lineage svg") as SVGSVGElement;
    const frame = svg.getBoundingClientRect();
    const count = document.querySelectorAll("#lineage .rows text").length;
    const width = frame.width - gutter;
    const height = (frame.height - axis) / count;
    return Array.from(svg.querySelectorAll<SVGGElement>(".shard"), (group) => {
      const box = (group.querySelector("rect") as SVGRectElement).getBoundingClientRect();
      const part = (x: number): number =>
        Math.round(((x - frame.left - gutter) / width) * 100) / 100;
      return {
        id: group.dataset["id"] ?? "",
        state: group.dataset["state"] ?? "",
        from: part(box.left),
        to: part(box.right),
        row: Math.round((box.top - frame.top) / height),
        rows: Math.round(box.height / height),
      };
    });
  });
}

describe.each([1, 16, 500])("a stream of %d shards", (shards) => {
  test.each(["light", "dark"] as const)("is drawn whole, in a %s scheme", async (colorScheme) => {
    const emulator = await startStage({ streams: { orders: shards } });
    await put(emulator, "orders", 200);
    const page = await look(emulator, { colorScheme });
    const drawn = await drawnOn(page);
    expect(drawn).toHaveLength(shards);
    expect(drawn.every(({ row, rows, state }) => state === "open" && row === 0 && rows === 1)).toBe(
      true,
    );
    expect([drawn[0]?.from, drawn.at(-1)?.to]).toEqual([0, 1]);
    expect(await page.locator("#lineage-summary").textContent()).toBe(
      `${shards} open · 0 closed · 1 generation`,
    );
    expect(await overflowOf(page)).toBe(0);
    await picture(page, `${shards}-${colorScheme}`);
  });

  test("fits a phone", async () => {
    const emulator = await startStage({ streams: { orders: shards } });
    const page = await look(emulator, PHONE);
    expect(await drawnOn(page)).toHaveLength(shards);
    await page.getByText("Shards as a table").click();
    await expect.poll(() => page.locator("#shards tr").count()).toBe(shards);
    expect(await overflowOf(page)).toBe(0);
    await picture(page, `${shards}-phone`);
  });
});

test("the lineage is drawn as it was made", async () => {
  const emulator = await startStage({ streams: { orders: 2 } });
  await split(emulator, "orders", shardId(0));
  await merge(emulator, "orders", [shardId(3), shardId(1)]);
  const page = await look(emulator);
  expect(await drawnOn(page)).toEqual([
    { id: shardId(0), state: "closed", from: 0, to: 0.5, row: 0, rows: 1 },
    { id: shardId(1), state: "closed", from: 0.5, to: 1, row: 0, rows: 2 },
    { id: shardId(2), state: "open", from: 0, to: 0.25, row: 1, rows: 2 },
    { id: shardId(3), state: "closed", from: 0.25, to: 0.5, row: 1, rows: 1 },
    { id: shardId(4), state: "open", from: 0.25, to: 1, row: 2, rows: 1 },
  ]);
  await page.getByText("Shards as a table").click();
  const rows = page.getByRole("table", { name: "Shards of the stream" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(6);
  expect(await rows.nth(5).textContent()).toMatch(/^shardId-000000000004open, .*75 %1, 3/);
});

test("what is put and split is seen at once, and said to those who listen", async () => {
  const emulator = await startStage({ streams: { orders: 1 } });
  const page = await look(emulator);
  const recordsIn = page.getByRole("meter", { name: "Records in" });
  expect(await recordsIn.getAttribute("aria-valuenow")).toBe("0");
  await put(emulator, "orders", 400);
  await expect
    .poll(async () => Number(await recordsIn.getAttribute("aria-valuenow")))
    .toBeGreaterThan(100);
  expect(await recordsIn.getAttribute("aria-valuetext")).toMatch(/^[\d,]+\/s of 1,000\/s$/);
  expect(await page.locator("#busiest").textContent()).toContain(`Busiest: ${shardId(0)}`);

  await split(emulator, "orders", shardId(0));
  await expect.poll(() => page.locator(".shard").count()).toBe(3);
  expect(await page.locator("#lineage-summary").textContent()).toBe(
    "2 open · 1 closed · 2 generations",
  );
  await expect
    .poll(() => page.getByRole("status").textContent())
    .toContain("orders: active, 2 shards open, 1 closed");
  await expect.poll(async () => recordsIn.getAttribute("aria-valuenow")).toBe("0");
});

test("streams come by themselves, are chosen by a link, and stay chosen", async () => {
  const emulator = await startStage({});
  const page = await look(emulator);
  expect(await page.getByRole("heading", { name: "No stream yet" }).isVisible()).toBe(true);
  await emulator.call("CreateStream", { StreamName: "clicks", ShardCount: 1 });
  await emulator.call("CreateStream", { StreamName: "orders", ShardCount: 3 });
  const name = page.locator("#stream-name");
  await expect.poll(() => name.textContent()).toBe("clicks");
  await page.getByRole("link", { name: "orders" }).click();
  await expect.poll(() => name.textContent()).toBe("orders");
  expect(await page.getByRole("link", { name: "orders" }).getAttribute("aria-current")).toBe(
    "true",
  );
  expect(await name.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.reload();
  await expect.poll(() => name.textContent()).toBe("orders");
});

test("closed shards count for what can be read while they are read, and not for as long as they are listed", async () => {
  const emulator = await startStage({ streams: { orders: 1 } });
  await put(emulator, "orders", 100);
  await split(emulator, "orders", shardId(0));
  const page = await look(emulator);
  const polled = page.getByRole("meter", { name: "Bytes out, polled" });
  const told = async (): Promise<string | null> => polled.getAttribute("aria-valuetext");
  await expect.poll(told).toBe("0 B/s of 4 MiB/s");
  const { ShardIterator } = (await emulator.call("GetShardIterator", {
    StreamName: "orders",
    ShardId: shardId(0),
    ShardIteratorType: "TRIM_HORIZON",
  })) as { ShardIterator: string };
  await emulator.call("GetRecords", { ShardIterator });
  await expect.poll(told).toMatch(/^[1-9].* of 6 MiB\/s$/);
  await expect.poll(told).toBe("0 B/s of 4 MiB/s");
});

test("consumers, leases and faults are shown, whatever they are called, and fit a phone", async () => {
  const emulator = await startStage({ streams: { orders: 3, [`${"long.".repeat(25)}one`]: 1 } });
  await subscribe(emulator, "orders", "billing");
  await put(emulator, "orders", 3);
  const [shard] = emulator.inspect("orders")?.shards ?? [];
  const checkpoint = shard?.records[0]?.sequenceNumber ?? "";
  await lease(emulator, "billing", [
    { owner: HOSTILE, checkpoint },
    { checkpoint: "SHARD_END" },
    { checkpoint: HOSTILE },
  ]);
  emulator.faults.add({ effect: { kind: "hang" }, match: { userAgent: HOSTILE } });
  emulator.faults.add({ effect: { kind: "throttle" }, match: { stream: "orders" }, times: 1 });
  await put(emulator, "orders", 1);
  const page = await look(emulator, PHONE);
  await page.getByRole("link", { name: "orders" }).click();

  const consumer = page
    .getByRole("table", { name: "Registered consumers" })
    .getByRole("row")
    .nth(1);
  await expect.poll(() => consumer.textContent()).toBe("billingactive1 of 30");
  const leases = page.getByRole("table", { name: "Leases of table billing" }).getByRole("row");
  expect(await leases.nth(1).getByRole("cell").first().textContent()).toBe(HOSTILE);
  expect(await leases.nth(1).textContent()).toMatch(/record 1, [\d:]+[\d.]+ s, 2 rec\.$/);
  expect(await leases.nth(2).textContent()).toBe("1–end of the sharddone");
  expect(await leases.nth(3).textContent()).toBe(`2nobody${HOSTILE}–`);
  const rules = page.getByRole("table", { name: "Rules" }).getByRole("row");
  expect(await rules.nth(1).textContent()).toContain("hang");
  expect(await rules.nth(1).textContent()).toContain("<script>alert(2)");
  expect(await rules.nth(2).textContent()).toMatch(/spent1$/);
  await page.getByText("What fired last").click();
  const fired = page.getByRole("table", { name: "Firings" }).getByRole("row");
  expect(await fired.nth(1).textContent()).toMatch(/throttlePutRecordsorders 0$/);

  expect(await page.locator("img, script:not([src])").count()).toBe(0);
  expect(await overflowOf(page)).toBe(0);
  await picture(page, "hostile-phone");
});

test("every part has its name and place for those who listen", async () => {
  const emulator = await startStage({ streams: { orders: 2 } });
  await subscribe(emulator, "orders", "billing");
  await lease(emulator, "billing", [{ owner: "worker-1", checkpoint: "TRIM_HORIZON" }]);
  emulator.faults.add({
    effect: { kind: "hang" },
    match: { operations: "DeleteStream" },
    forMs: 60_000,
  });
  const page = await look(emulator);
  await page.getByText("billing").first().waitFor();
  for (const role of ["banner", "navigation", "main"] as const) {
    expect(await page.getByRole(role).count(), role).toBe(1);
  }
  const headings = await page.getByRole("heading").allTextContents();
  expect(headings).toEqual([
    "Shardline emulator",
    "Streams",
    "orders",
    "Shards",
    "Throughput",
    "Records in",
    "Bytes in",
    "Bytes out, polled",
    "Bytes out, pushed",
    "Consumers",
    "Leases",
    "billing",
    "Faults",
  ]);
  for (const name of ["Registered consumers of the stream", "Leases of table billing", "Rules"]) {
    const table = page.getByRole("table", { name });
    expect(await table.getByRole("columnheader").count(), name).toBeGreaterThan(3);
    expect(await table.getByRole("rowheader").count(), name).toBe(1);
  }
  expect(await page.getByRole("table", { name: "Rules" }).textContent()).toContain("for 1 min 0 s");
  expect(await page.getByRole("meter").count()).toBe(4);
  expect(await page.getByRole("list", { name: "Workers of table billing" }).textContent()).toBe(
    "worker-11",
  );
  const nameless = await page.evaluate(() =>
    Array.from(document.querySelectorAll("a, button, summary, [tabindex='0'], [role=meter]"))
      .filter((one) => (one.getAttribute("aria-label") ?? one.textContent ?? "").trim() === "")
      .map((one) => one.outerHTML),
  );
  expect(nameless).toEqual([]);
  // What changes twice a second is not read out.
  expect(await page.locator("[aria-live]").count()).toBe(1);
});

test("everything can be reached and read by keyboard", async () => {
  const emulator = await startStage({ streams: { orders: 3 } });
  const page = await look(emulator);
  await page.keyboard.press("Tab");
  const focused = (): Promise<string> =>
    page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  expect(await focused()).toBe("Skip to the stream");
  const outline = await page.evaluate(
    () => getComputedStyle(document.activeElement as Element).outlineStyle,
  );
  expect(outline).toBe("solid");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("orders");
  await page.keyboard.press("Tab");
  const slider = page.getByRole("slider", { name: "Shard, by generation and hash keys" });
  expect(await slider.evaluate((element) => element === document.activeElement)).toBe(true);
  const said = (): Promise<string | null> => slider.getAttribute("aria-valuetext");
  expect(await said()).toBe("no shard chosen");
  await page.keyboard.press("ArrowRight");
  expect(await said()).toMatch(/^shardId-000000000000 · open since [\d:]+ · 33 % of the hash keys/);
  await page.keyboard.press("ArrowRight");
  expect(await said()).toContain(shardId(1));
  await page.keyboard.press("End");
  expect([await said(), await slider.getAttribute("aria-valuenow")]).toEqual([
    expect.stringContaining(shardId(2)),
    "3",
  ]);
  expect(await page.locator("#lineage-readout").textContent()).toBe(await said());
  expect(await page.locator(".cursor").getAttribute("visibility")).toBe("visible");
  await page.keyboard.press("Home");
  expect(await said()).toContain(shardId(0));
  const box = await slider.boundingBox();
  await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 5, (box?.y ?? 0) + 10);
  expect(await said()).toContain(shardId(2));
});

test.each(["light", "dark"] as const)(
  "text stands out well enough in a %s scheme",
  async (colorScheme) => {
    const emulator = await startStage({ streams: { orders: 2 } });
    await split(emulator, "orders", shardId(0));
    const page = await look(emulator, { colorScheme });
    const ratios = await page.evaluate(() => {
      const paint = document
        .createElement("canvas")
        .getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
      const luminance = (colour: string): number => {
        paint.fillStyle = colour;
        paint.fillRect(0, 0, 1, 1);
        const [r = 0, g = 0, b = 0] = Array.from(paint.getImageData(0, 0, 1, 1).data, (byte) => {
          const part = byte / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const token = (name: string): string =>
        getComputedStyle(document.documentElement).getPropertyValue(name);
      const pairs = [
        ["--ink", "--paper"],
        ["--quiet", "--paper"],
        ["--accent", "--paper"],
        ["--warn", "--paper"],
        ["--idle-ink", "--idle"],
        ["--accent-ink", "--accent"],
        ["--closed-ink", "--closed"],
      ] as const;
      return pairs.map(([text, ground]) => {
        const [a, b] = [luminance(token(text)), luminance(token(ground))];
        return [text, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)] as const;
      });
    });
    expect(ratios.filter(([, ratio]) => ratio < 4.5)).toEqual([]);
  },
);

test("nothing moves for those who do not want it", async () => {
  const emulator = await startStage({ streams: { orders: 1 } });
  const page = await look(emulator, { reducedMotion: "reduce" });
  const duration = await page
    .locator(".shard rect")
    .evaluate((rect) => getComputedStyle(rect).transitionDuration);
  expect(duration).toBe("0s");
});
