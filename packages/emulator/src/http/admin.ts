// The emulator's own addresses: rules and what fired, as JSON, with the same words as the API.
//
//   POST   /_emu/faults        one rule, a list, or { "faults": […] }: 201 with those that were added
//   GET    /_emu/faults        every rule         GET    /_emu/faults/<id>  one of them
//   DELETE /_emu/faults        takes all away     DELETE /_emu/faults/<id>  takes one away
//   GET    /_emu/log           what fired
import { KinesisError } from "@shardline/core";
import { refusalAnswer } from "./fault-entrance.ts";
import { parseFaults } from "../faults/fault-file.ts";
import type { Faults } from "../faults/faults.ts";
import { type HttpAnswer, type HttpRequest, mediaTypeOf } from "./http-message.ts";
import { jsonAnswer, notAllowed, refusal } from "./json-answer.ts";

const PATH = /^\/_emu\/(faults|log)(?:\/([^/?]+))?\/?(?:\?.*)?$/;

/** Whether a request is for an address of the emulator's own. */
export function isAdminRequest({ url }: HttpRequest): boolean {
  return url.startsWith("/_emu/");
}

/** Answers a request for an address of the emulator's own. */
export function answerAdmin(request: HttpRequest, faults: Faults): HttpAnswer {
  const [, resource, id] = PATH.exec(request.url) ?? [];
  if (resource === "log" && id === undefined) return answerLog(request, faults);
  if (resource !== "faults") return refusal(404, "NOT_FOUND", `there is nothing at ${request.url}`);
  return id === undefined ? answerAll(request, faults) : answerOne(request, faults, id);
}

function answerLog({ method }: HttpRequest, faults: Faults): HttpAnswer {
  return method === "GET" ? jsonAnswer(200, { log: faults.log() }) : notAllowed("GET");
}

function answerAll(request: HttpRequest, faults: Faults): HttpAnswer {
  switch (request.method) {
    case "GET":
      return jsonAnswer(200, { faults: faults.list() });
    case "POST":
      return addRules(request, faults);
    case "DELETE":
      return removeAll(faults);
    default:
      return notAllowed("GET, POST, DELETE");
  }
}

function answerOne({ method }: HttpRequest, faults: Faults, id: string): HttpAnswer {
  if (method !== "GET" && method !== "DELETE") return notAllowed("GET, DELETE");
  const fault = faults.list().find((listed) => listed.id === id);
  if (fault === undefined) return refusal(404, "NOT_FOUND", `there is no fault ${id}`);
  if (method === "GET") return jsonAnswer(200, fault);
  faults.remove(id);
  return jsonAnswer(200, { removed: 1 });
}

function removeAll(faults: Faults): HttpAnswer {
  const removed = faults.list().length;
  faults.clear();
  return jsonAnswer(200, { removed });
}

/** The content type is required, so that no page in a browser adds rules in passing. */
function addRules(request: HttpRequest, faults: Faults): HttpAnswer {
  if (mediaTypeOf(request) !== "application/json") {
    return refusal(415, "NOT_JSON", "rules are sent as application/json");
  }
  try {
    const added = parseFaults(request.body.toString()).map((rule) => faults.add(rule).id);
    const listed = faults.list().filter(({ id }) => added.includes(id));
    return jsonAnswer(201, { faults: listed });
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return refusalAnswer(error);
    throw error;
  }
}
