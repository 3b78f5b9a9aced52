// A browser that looks at the page of an emulator, and what it complains about.
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import type { RunningEmulator } from "@shardline/emulator";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";

let browser: Browser;

/** Starts one browser for the tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    const executablePath = process.env["CHROMIUM"] ?? "chromium";
    // Its sandbox does not work for root, as whom tests run in containers; it looks at nothing but our own page.
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());
}

/** Opens the page until it is heard or refused, and fails the test in the end if the browser had anything to complain about meanwhile. */
export async function look(
  { endpoint }: Pick<RunningEmulator, "endpoint">,
  options: BrowserContextOptions = {},
  link: "live" | "refused" = "live",
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (link === "refused" && message.text().includes("503")) return;
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("dialog", (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${endpoint}/_emu/`)) complaints.push(`asked ${request.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  await page.goto(`${endpoint}/_emu/`);
  await page.locator(`body[data-link=${link}]`).waitFor();
  return page;
}

/** Keeps a picture of the page, if SCREENSHOTS names a folder for them. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder !== undefined)
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** How much wider than the window the page is. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}
