// More streams than are listed: a part of the name finds each of them, by mouse, by keyboard and on a phone.
import { expect, test } from "vitest";
import { look, overflowOf, picture, useBrowser } from "./browser.ts";
import { startStage } from "./stage.ts";

useBrowser();

const PHONE = { viewport: { width: 360, height: 780 } };
const names = (count: number): Record<string, number> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`orders-${String(i).padStart(3, "0")}`, 1]),
  );

test("a part of the name finds a stream that is not among the first hundred", async () => {
  const emulator = await startStage({ streams: { ...names(130), zebras: 2 } });
  const page = await look(emulator);
  const listed = page.locator("#streams a");
  expect(await listed.count()).toBe(100);
  expect(await page.locator("#streams-left-out").textContent()).toBe(
    "and 31 streams more: write more of the name to see them",
  );
  const box = page.getByRole("searchbox", { name: "Part of the name" });
  await box.fill("ZEB");
  await expect.poll(() => listed.allTextContents()).toEqual(["zebras"]);
  await expect
    .poll(() => page.getByRole("status").textContent())
    .toContain("1 stream with “ZEB” in the name");
  expect(await page.getByRole("status").textContent()).not.toContain("gone");
  await picture(page, "filtered");
  await listed.first().click();
  await expect.poll(() => page.locator("#stream-name").textContent()).toBe("zebras");

  await page.reload();
  await expect.poll(() => page.locator("#stream-name").textContent()).toBe("zebras");
  expect(await box.inputValue()).toBe("ZEB");

  await box.fill("no such");
  await expect
    .poll(() => page.locator("#streams-left-out").textContent())
    .toBe("none with “no such” in its name");
  expect(
    await page
      .getByRole("heading", { name: "zebras is not among those that are listed" })
      .isVisible(),
  ).toBe(true);
  await box.fill("");
  await expect.poll(() => listed.count()).toBe(100);
  expect(page.url()).not.toContain("named");
});

test("the box is reached and used by keyboard, and lets go of what was written", async () => {
  const emulator = await startStage({ streams: { ...names(20), zebras: 2 } });
  const page = await look(emulator);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  const box = page.getByRole("searchbox", { name: "Part of the name" });
  expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);
  const outline = await box.evaluate((element) => getComputedStyle(element).outlineStyle);
  expect(outline).toBe("solid");
  await page.keyboard.type("zeb");
  const listed = page.locator("#streams a");
  await expect.poll(() => listed.count()).toBe(1);
  await page.keyboard.press("Enter");
  expect(await box.inputValue()).toBe("zeb");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("#stream-name").textContent()).toBe("zebras");
  await box.focus();
  await page.keyboard.press("Escape");
  await expect.poll(() => listed.count()).toBe(21);
  expect(await page.locator("#stream-name").textContent()).toBe("zebras");
});

test.each(["light", "dark"] as const)("it fits a phone, in a %s scheme", async (colorScheme) => {
  const emulator = await startStage({ streams: names(130) });
  const page = await look(emulator, { ...PHONE, colorScheme });
  const box = page.getByRole("searchbox", { name: "Part of the name" });
  await box.fill("12");
  await expect.poll(() => page.locator("#streams a").count()).toBe(12);
  expect(await overflowOf(page)).toBe(0);
  const size = await box.evaluate((element) =>
    Number.parseFloat(getComputedStyle(element).fontSize),
  );
  expect(size).toBeGreaterThanOrEqual(16);
  await picture(page, `filtered-phone-${colorScheme}`);
});

test("how many more there are stands within the window, below the list", async () => {
  const emulator = await startStage({ streams: names(130) });
  const page = await look(emulator, { viewport: { width: 1280, height: 800 } });
  const bottom = await page
    .locator("#streams-left-out")
    .evaluate((element) => element.getBoundingClientRect().bottom);
  expect(bottom).toBeLessThanOrEqual(800);
});

test("the box stays while it is in use, also where streams are few", async () => {
  const emulator = await startStage({ streams: names(3) });
  const page = await look(emulator);
  await page.goto(`${emulator.endpoint}/_emu/?named=001`);
  const box = page.getByRole("searchbox", { name: "Part of the name" });
  await box.focus();
  await page.keyboard.press("Escape");
  await expect.poll(() => page.locator("#streams a").count()).toBe(3);
  expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);
});

test("a page of few streams has no box", async () => {
  const emulator = await startStage({ streams: names(3) });
  const page = await look(emulator);
  expect(await page.locator("#filter-box").isVisible()).toBe(false);
});
