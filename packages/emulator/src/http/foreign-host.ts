// What keeps strangers out. A page of theirs in a browser of this machine can have its own name point here, and would then
// read and change everything: it is the name that gives it away, and with calls of the API what a browser adds to them.
import { isIP } from "node:net";
import { type HttpAnswer, type HttpRequest, headerOf } from "./http-message.ts";
import { refusal } from "./json-answer.ts";

const HOST = /^(?:\[([^\]]+)\]|([^:]+))(?::\d*)?$/;
/** Names that lead to this machine whoever asks; those without a dot are for the networks of containers. */
const OWN_NAME = /^(?:[a-z0-9_-]+|(?:.+\.)?localhost|host\.docker\.internal)\.?$/;

/** As much of a request as is known before its body. */
type Addressed = Pick<HttpRequest, "headers" | "url">;

/** How a request is refused that a page of elsewhere may have sent, to a name that anybody could own. */
export function foreignHostAnswer(request: Addressed): HttpAnswer | undefined {
  if (!request.url.startsWith("/_emu") && !isFromBrowser(request)) return undefined;
  const [foreign] = [headerOf(request, "host"), headerOf(request, ":authority")].filter(
    (host) => host !== undefined && !isOwn(host),
  );
  if (foreign === undefined) return undefined;
  const message =
    "/_emu/, and what a browser asks for, is served under an IP address, localhost or a name without dots, " +
    `not under "${foreign}", so that no page of elsewhere can reach it`;
  return refusal(403, "FOREIGN_HOST", message);
}

/** Browsers say with every POST where the page comes from; programs, which call the API by any name, do not. */
function isFromBrowser(request: Addressed): boolean {
  return headerOf(request, "origin") !== undefined;
}

/** Whether nobody else can own a name. */
function isOwn(host: string): boolean {
  const [, address, name = ""] = HOST.exec(host) ?? [];
  if (address !== undefined) return isIP(address) === 6;
  return isIP(name) === 4 || OWN_NAME.test(name.toLowerCase());
}
