// The files of the page, which stand beside the sources in the package and need no build.
import { readFile } from "node:fs/promises";
import type { HttpAnswer } from "../http/http-message.ts";

/** The same way from the sources and from what was built of them. */
const FOLDER = new URL("../../page/", import.meta.url);
const START = "index.html";
/** Every file there is. */
const FILES: ReadonlySet<string> = new Set([
  START,
  "page.css",
  "tables.css",
  "drawings.css",
  "icon.svg",
  "main.js",
  "announcer.js",
  "consumers.js",
  "dom.js",
  "faults.js",
  "format.js",
  "leases.js",
  "lineage.js",
  "lineage-cursor.js",
  "link.js",
  "shards.js",
  "stream-filter.js",
  "streams.js",
  "throughput.js",
]);
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};
/** Nothing of the page comes from elsewhere, and nothing of it is run that is not a file of its own. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What goes with every answer to a browser. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** Whether the page has a file of this name; the empty one is that of its first. */
export function isPageFile(name: string): boolean {
  return name === "" || FILES.has(name);
}

/** Answers with a file of the page. */
export async function answerFile(name: string): Promise<HttpAnswer> {
  const file = name === "" ? START : name;
  const body = await readFile(new URL(file, FOLDER));
  const contentType = TYPES[file.slice(file.lastIndexOf(".") + 1)] ?? "";
  return { status: 200, headers: { "content-type": contentType, ...PAGE_HEADERS }, body };
}
