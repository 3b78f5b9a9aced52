// PutRecords: ten aggregates of 50 KB, 500 small records, and one.
import type { Comparison, Goal } from "../suite.ts";
import { AGGREGATES, SMALL_RECORDS } from "./answers.ts";
import type { CallerKind, CallerSample, CallerTask } from "./caller-messages.ts";
import { plainEndpoint, tlsEndpoint } from "./callers.ts";
import { Child } from "./child.ts";
import type { ResponderReady } from "./responder-messages.ts";

const OURS = "the wire";
const OURS_CBOR = "the wire, CBOR";
const DEFAULT = "SDK, default (HTTP/2)";
const HTTP1 = "SDK, HTTP/1.1";
const AGGREGATE_BYTES = 51_200;
const SMALL_BYTES = 100;

type Role = Comparison["variants"][number]["role"];

const CALLERS: readonly (readonly [name: string, role: Role, kind: CallerKind])[] = [
  [OURS, "ours", "json"],
  [OURS_CBOR, "ours", "cbor"],
  ["by the SDK's send", "ours", "send"],
  [DEFAULT, "peer", "sdk-default"],
  [HTTP1, "peer", "sdk-http1"],
  ["raw HTTP/1.1, body ready", "floor", "floor"],
];

/** The same calls in the clear and over TLS, large and small. */
export async function* putRecordsComparisons(): AsyncGenerator<Comparison> {
  await using responder = await Child.start<ResponderReady>("responder-process.js");
  const plain = { endpoint: plainEndpoint(responder.ready) };
  const tls = { endpoint: tlsEndpoint(responder.ready) };
  const aggregates = { records: AGGREGATES, bytes: AGGREGATE_BYTES };
  yield* compare("10 x 50 KB, in the clear", { ...plain, ...aggregates }, [
    cheaper("G5.h1", OURS, DEFAULT, 3, 5),
    cheaper("G5.h1.cbor", OURS_CBOR, DEFAULT, 3, 5),
  ]);
  yield* compare("10 x 50 KB, TLS", { ...tls, ...aggregates }, [
    cheaper("G5.tls", OURS, DEFAULT, 3.5, 5),
    cheaper("G5.tls.cbor", OURS_CBOR, DEFAULT, 3.5, 5),
  ]);
  const small = { ...plain, records: SMALL_RECORDS, bytes: SMALL_BYTES };
  yield* compare("500 x 100 B, in the clear", small, []);
  yield* compare("1 x 100 B, in the clear", { ...small, records: 1 }, [
    cheaper("G16.put.h2", OURS, DEFAULT, 6, 10),
    cheaper("G16.put.h1", OURS, HTTP1, 3, 5),
  ]);
}

async function* compare(
  title: string,
  task: Omit<CallerTask, "kind">,
  goals: readonly Goal[],
): AsyncGenerator<Comparison> {
  const children = await Promise.all(
    CALLERS.map(([, , kind]) =>
      Child.start<CallerSample>("caller-process.js", [JSON.stringify({ ...task, kind })]),
    ),
  );
  yield {
    title: `PutRecords, ${title}`,
    unit: "µs of CPU per call",
    variants: CALLERS.map(([name, role], i) => ({
      name,
      role,
      sample: async () => (await (children[i] as Child<CallerSample>).ask()).cpuPerCallUs,
    })),
    goals,
    // Each caller has ended if its first calls did not come to what they should.
    check: () => undefined,
  };
  for (const child of children) await child[Symbol.asyncDispose]();
}

function cheaper(id: string, of: string, against: string, must: number, stretch: number): Goal {
  const what = `CPU of a PutRecords call, ${against} as a multiple of ${of}`;
  return { id, what, direction: "higher", of, against, must, stretch };
}
