// What a person sees of the emulator: a page, and the events that keep it up to date.
//
//   GET /_emu/         the page           GET /_emu/<file>   what it is made of
//   GET /_emu/events   server-sent events: `state`, at most two a second, when something is new; with `?named=TEXT` of
//                      the streams with that text in their names
import type { Emulator } from "../emulator.ts";
import type { HttpAnswer, HttpRequest } from "../http/http-message.ts";
import { notAllowed, refusal } from "../http/json-answer.ts";
import type { LeaseTableProxy } from "../lease-table/lease-table-proxy.ts";
import { PageFeed } from "./page-feed.ts";
import { answerFile, isPageFile, PAGE_HEADERS } from "./page-files.ts";

const PATH = /^\/_emu(?:\/([^/?]*))?(?:\?.*)?$/;
const HOME = "/_emu/";
const EVENTS = "events";
const NOTHING = Buffer.alloc(0);
/** As many can look at the same time. */
const MAX_VIEWERS = 32;
/** Of a stream. */
const LONGEST_NAME = 128;

/** Whether a request is for the page. */
export function isPageRequest({ url }: HttpRequest): boolean {
  const name = nameOf(url);
  return name !== undefined && (name === EVENTS || isPageFile(name));
}

/** The page of one emulator. */
export class Page {
  readonly #feed: PageFeed;
  #viewers = 0;

  constructor(emulator: Emulator, tables: Pick<LeaseTableProxy, "items" | "writes">) {
    this.#feed = new PageFeed(emulator, tables);
  }

  /** Answers a request for the page. */
  async answer({ method, signal, url }: HttpRequest): Promise<HttpAnswer> {
    if (method !== "GET") return notAllowed("GET");
    // What the page loads, it asks for from beside itself.
    if (!url.startsWith(HOME)) return { status: 308, headers: { location: HOME }, body: NOTHING };
    const name = nameOf(url) ?? "";
    if (name !== EVENTS) return answerFile(name);
    if (this.#viewers >= MAX_VIEWERS) return tooMany();
    const headers = { "content-type": "text/event-stream", ...PAGE_HEADERS };
    const named = new URLSearchParams(url.split("?", 2)[1]).get("named") ?? "";
    return { status: 200, headers, body: this.#events(signal, named.slice(0, LONGEST_NAME)) };
  }

  async *#events(signal: AbortSignal, named: string): AsyncGenerator<Buffer, undefined> {
    this.#viewers += 1;
    try {
      return yield* this.#feed.events(signal, named);
    } finally {
      this.#viewers -= 1;
    }
  }
}

/** The empty name is that of the page itself. */
function nameOf(url: string): string | undefined {
  if (!url.startsWith("/_emu")) return undefined;
  const [path, name = ""] = PATH.exec(url) ?? [];
  return path === undefined ? undefined : name;
}

function tooMany(): HttpAnswer {
  const message = `${MAX_VIEWERS} pages look at this emulator already`;
  return refusal(503, "TOO_MANY_VIEWERS", message);
}
