// Where requests meet faults: the rules of the emulator, or the one effect that a request asks for itself by the
// header `x-emu-fault`.
import { type Check, type Clock, KinesisError, resolveOptions } from "@shardline/core";
import type { CallSubject } from "../faults/call-subject.ts";
import { checkEffect } from "../faults/effect-checks.ts";
import { operationsOfEffect } from "../faults/effect-operations.ts";
import type { SettledEffect } from "../faults/fault-effects.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import type { Faults } from "../faults/faults.ts";
import { type AnswerFailure, answerFaulty } from "./faulty-answer.ts";
import { type HttpAnswer, type HttpRequest, headerOf } from "./http-message.ts";
import { jsonAnswer } from "./json-answer.ts";

/** What serves a request once it is known what it meets. */
interface FaultEntrance {
  readonly faults: Faults;
  readonly clock: Clock;
  readonly answerFailure: AnswerFailure;
  serve(plan: FaultPlan | undefined): HttpAnswer | Promise<HttpAnswer>;
}

const HEADER = "x-emu-fault";

/** Whether a request has to ask at all. */
export function isFaulty(request: HttpRequest, faults: Faults): boolean {
  return !faults.isEmpty || request.headers[HEADER] !== undefined;
}

/** A request as rules see it. */
export function subjectOf(
  request: HttpRequest,
  call: Omit<CallSubject, "userAgent" | "routeOf">,
  { routeOf }: Pick<CallSubject, "routeOf">,
): CallSubject {
  return { ...call, userAgent: headerOf(request, "user-agent") ?? "", routeOf };
}

/** Answers a request, whatever it meets. */
export async function answerUnderFaults(
  request: HttpRequest,
  subject: CallSubject,
  entrance: FaultEntrance,
): Promise<HttpAnswer> {
  const { faults, clock, answerFailure } = entrance;
  const asked = headerOf(request, HEADER);
  let effect: SettledEffect | undefined;
  try {
    effect = asked === undefined ? undefined : readEffect(asked, subject);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return refusalAnswer(error);
    throw error;
  }
  const plan = faults.meet(subject, effect);
  if (plan === undefined) return entrance.serve(undefined);
  const serve = (): HttpAnswer | Promise<HttpAnswer> => entrance.serve(plan);
  return answerFaulty(plan, {
    request,
    subject,
    clock,
    released: faults.released,
    answerFailure,
    serve,
  });
}

/** How rules and effects are refused that make no sense. */
export function refusalAnswer({ message, details }: KinesisError<"INVALID_OPTIONS">): HttpAnswer {
  return jsonAnswer(400, { code: "INVALID_OPTIONS", message, problems: details.problems });
}

function readEffect(text: string, { operation, service }: CallSubject): SettledEffect {
  const check: Check<SettledEffect> = (value, path, problems) => {
    const effect = checkEffect(value, path, problems);
    if (problems.length === 0 && !operationsOfEffect(effect, service).includes(operation)) {
      problems.push(`${effect.kind} cannot happen to ${operation}`);
    }
    return effect;
  };
  return resolveOptions(HEADER, check, parseJson(text));
}

/** What is no JSON is no effect, and is refused as such. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
