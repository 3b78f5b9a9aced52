// The page stays with what is looked at, whatever comes and goes, and says so when it cannot.
import { startEmulator } from "@shardline/emulator";
import { expect, onTestFinished, test } from "vitest";
import { look, picture, useBrowser } from "./browser.ts";
import { startStage } from "./stage.ts";

useBrowser();

test("a stream that is looked at stays, whatever is created before it, and is missed when it is gone", async () => {
  const emulator = await startStage({ streams: { orders: 1, zebras: 1 } });
  const page = await look(emulator);
  const names = page.locator("#streams a");
  expect(await page.locator("#stream-name").textContent()).toBe("orders");
  await names.nth(1).focus();
  await emulator.call("CreateStream", { StreamName: "aaa", ShardCount: 1 });
  await expect.poll(() => names.allTextContents()).toEqual(["aaa", "orders", "zebras"]);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("zebras");
  expect(await page.locator("#stream-name").textContent()).toBe("orders");

  await emulator.call("DeleteStream", { StreamName: "orders" });
  const gone = page.getByRole("heading", { name: "orders is gone" });
  await gone.waitFor();
  expect(await page.locator("#stream").isVisible()).toBe(false);
  expect(await page.locator("#streams [aria-current]").count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("zebras");
  await picture(page, "gone");
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  expect(await gone.evaluate((element) => element === document.activeElement)).toBe(true);
  await names.nth(1).click();
  await expect.poll(() => page.locator("#stream-name").textContent()).toBe("zebras");
  expect(await gone.isVisible()).toBe(false);
});

test("the link that skips to the stream does not lose which one it is", async () => {
  const emulator = await startStage({ streams: { clicks: 1, orders: 1 } });
  const page = await look(emulator);
  await page.getByRole("link", { name: "orders" }).click();
  const address = page.url();
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  expect(page.url()).toBe(address);
  const name = page.locator("#stream-name");
  expect(await name.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.reload();
  await expect.poll(() => name.textContent()).toBe("orders");
});

test("a page that has heard nothing yet says nothing of the emulator, and why it was refused", async () => {
  const emulator = await startStage({ streams: { orders: 1 } });
  const viewers = Array.from({ length: 32 }, () => new AbortController());
  onTestFinished(() => viewers.forEach((viewer) => viewer.abort()));
  for (const { signal } of viewers) await fetch(`${emulator.endpoint}/_emu/events`, { signal });
  const page = await look(emulator, {}, "refused");
  expect(await page.locator("#link").textContent()).toBe(
    "32 pages look at this emulator already, trying",
  );
  const said = (await page.locator("main").innerText()).trim();
  expect(said).toBe("32 pages look at this emulator already, trying");
  await picture(page, "refused");
  viewers[0]?.abort();
  await expect.poll(() => page.locator("#link").textContent(), { timeout: 10_000 }).toBe("live");
  expect(await page.locator("#stream-name").textContent()).toBe("orders");
});

test("an emulator that is gone is missed, and found again when it is back", async () => {
  const first = await startEmulator({ streams: { orders: 1 } });
  onTestFinished(() => first.close());
  const page = await look(first);
  // The browser complains about what it cannot reach, and is right.
  page.removeAllListeners("console");
  await first.close();
  await expect.poll(() => page.locator("#link").textContent()).toBe("not connected, trying");
  expect(await page.locator("main").evaluate((main) => getComputedStyle(main).opacity)).toBe("1");
  await picture(page, "lost");
  const second = await startEmulator({ streams: { clicks: 2 }, port: first.port });
  onTestFinished(() => second.close());
  await expect.poll(() => page.locator("#link").textContent()).toBe("live");
  expect(await page.getByRole("heading", { name: "orders is gone" }).isVisible()).toBe(true);
  await page.getByRole("link", { name: "clicks" }).click();
  await expect.poll(() => page.locator("#stream-name").textContent()).toBe("clicks");
});
