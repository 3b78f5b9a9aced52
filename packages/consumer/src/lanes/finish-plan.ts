// Pure: how the records of a shard stand when it is to be given up -> which of them are still worth a handler. What lies
// before one that is done would have that one come again with it; what lies behind all of them comes elsewhere.
import { comparePositions, type Position } from "@shardline/core";

/** How one of the calls stands. */
export interface FinishingLane {
  /** The records that it has and that are not done; `undefined` if all are. */
  readonly has: { readonly first: Position; readonly last: Position } | undefined;
  /** Whether a handler is at work on them. */
  readonly isCalled: boolean;
  /** Where it rests. */
  readonly haltedAt: Position | undefined;
}

/** Records up to a place, and before another. */
export interface FinishLimit {
  readonly upTo: Position | undefined;
  /** Where a key rests: what is behind it comes again whatever is done. */
  readonly before: Position | undefined;
}

/** `soFar`: it only ever becomes less. Asked several times for each record of a drain, so most answers are found soon. */
export function planFinish(
  newestDone: Position | undefined,
  lanes: ReadonlySet<FinishingLane>,
  soFar?: FinishLimit,
): FinishLimit {
  let before = soFar?.before;
  for (const { haltedAt } of lanes) before = earlierOf(before, haltedAt);
  if (soFar === undefined) return { before, upTo: reachOf(newestDone, [...lanes]) };
  return { before, upTo: soFar.upTo && narrowed(soFar.upTo, newestDone, lanes) };
}

export function isWanted(at: Position, { before, upTo }: FinishLimit): boolean {
  if (upTo === undefined || comparePositions(at, upTo) > 0) return false;
  return before === undefined || comparePositions(at, before) < 0;
}

export function isSameLimit(a: FinishLimit | undefined, b: FinishLimit): boolean {
  return a !== undefined && isSame(a.upTo, b.upTo) && isSame(a.before, b.before);
}

export function laterOf(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePositions(a, b) < 0 ? b : a;
}

function narrowed(
  upTo: Position,
  newestDone: Position | undefined,
  lanes: ReadonlySet<FinishingLane>,
): Position | undefined {
  if (newestDone !== undefined && comparePositions(newestDone, upTo) >= 0) return upTo;
  for (const { has, isCalled } of lanes) if (isCalled && has?.last === upTo) return upTo;
  const reach = reachOf(newestDone, [...lanes]);
  return reach && earlierOf(reach, upTo);
}

/** What a handler is at counts as done, and what was tried together is tried together again. */
function reachOf(
  newestDone: Position | undefined,
  lanes: readonly FinishingLane[],
): Position | undefined {
  let reach = newestDone;
  for (const { has, isCalled } of lanes) if (isCalled) reach = laterOf(reach, has?.last);
  const several = lanes.flatMap(({ has }) => (has && has.first !== has.last ? [has] : []));
  for (const { first, last } of several.toSorted((a, b) => comparePositions(a.first, b.first))) {
    if (reach !== undefined && comparePositions(first, reach) <= 0) reach = laterOf(reach, last);
  }
  return reach;
}

function earlierOf(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePositions(b, a) < 0 ? b : a;
}

function isSame(a: Position | undefined, b: Position | undefined): boolean {
  return a === undefined || b === undefined ? a === b : comparePositions(a, b) === 0;
}
