// The list of bugs that the simulation must find: each the smallest change that breaks one of the rules that the
// producer and the consumer live by. A bug that no checker sees is a missing checker.
import { LANE_BUGS } from "./lane-bugs.ts";
import { FAN_OUT_BUGS } from "./fan-out-bugs.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { STREAM_BUGS } from "./stream-bugs.ts";

const CONSUMER = "packages/consumer/src";
const PRODUCER = "packages/producer/src";

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "skip the counter condition",
    edits: [
      {
        file: `${CONSUMER}/lease/lease-moves.ts`,
        find: "    expect: { counter: lease.counter },\n",
        replace: "    expect: {},\n",
      },
    ],
    caughtBy: "lease counter",
    fromSeed: 1,
  },
  {
    name: "checkpoint before the handler",
    edits: [
      {
        file: `${CONSUMER}/shard/one-by-one.ts`,
        find: `    meter.takeInHand(built);
    try {
`,
        replace: `    meter.takeInHand(built);
    checkpointer.complete(delivery);
    try {
`,
      },
    ],
    caughtBy: "checkpoint covers only what is done",
    fromSeed: 1,
  },
  {
    name: "start a child before its second parent ended",
    edits: [
      {
        file: `${CONSUMER}/lease/parents-plan.ts`,
        find: "parents.every(({ found })",
        replace: "parents.length === 0 || parents.some(({ found })",
      },
    ],
    caughtBy: "parent before child",
    fromSeed: 3,
  },
  {
    name: "treat a partial failure as success",
    edits: [
      {
        file: `${PRODUCER}/call/answer-desk.ts`,
        find: "          ? this.#receiveRefusal(cargo, outcome.failure)\n",
        replace: `          ? (call.outcomes.find((each) => each.kind === "stored") ??
            this.#receiveRefusal(cargo, outcome.failure))
`,
      },
    ],
    caughtBy: "true receipts",
    fromSeed: 3,
  },
  {
    name: "resume with AFTER instead of AT",
    edits: [
      {
        file: `${CONSUMER}/shard/read-start.ts`,
        find: 'always({ type: "AT_SEQUENCE_NUMBER", sequenceNumber })',
        replace: 'always({ type: "AFTER_SEQUENCE_NUMBER", sequenceNumber })',
      },
    ],
    caughtBy: "resumes at the checkpoint",
    fromSeed: 2,
  },
  {
    name: "drop an out-of-range member with its whole aggregate",
    edits: [
      {
        file: `${CONSUMER}/batch/batch-builder.ts`,
        find: "    const isAnywhere = record.partitionKey === undefined;\n",
        replace: `    const isAnywhere = record.partitionKey === undefined;
    const { filter } = this.#rules;
    const isWhole = records.every((each) => filter.covers(each.partitionKey, each.explicitHashKey));
    if (!isAnywhere && !isWhole) return;
`,
      },
    ],
    caughtBy: "checkpoint covers only what is done",
    fromSeed: 1,
  },
  {
    name: "renew a locally expired lease",
    edits: [
      {
        file: `${CONSUMER}/lease/lease-renewer.ts`,
        find: "      if (!next.lease.isValid()) continue;\n",
        replace: "      if (next.lease.signal.aborted) continue;\n",
      },
      {
        file: `${CONSUMER}/lease/held-lease.ts`,
        find: "        if (!this.#isValidAt(sentAtMs)) return;\n",
        replace: '        if (this.#state !== "held") return;\n',
      },
      {
        file: `${CONSUMER}/lease/stall-watch.ts`,
        find: "        for (const lease of held.all()) lease.isValid();\n",
        replace: "",
      },
      {
        file: `${CONSUMER}/lease/stall-watch.ts`,
        find: "{ clock, events, held, signal }",
        replace: "{ clock, events, signal }",
      },
    ],
    caughtBy: "renewal in time",
    fromSeed: 1,
  },
  {
    name: "retries admitted through back-pressure",
    edits: [
      {
        file: `${PRODUCER}/pipeline.ts`,
        find: '    if (outcome.kind === "failed") this.#follower.description.learn(outcome.failure);\n',
        replace: `    if (outcome.kind === "failed") this.#follower.description.learn(outcome.failure);
    const isTriedAgain =
      outcome.kind === "failed" || outcome.outcomes.some(({ kind }) => kind === "failed");
    if (isTriedAgain) await this.#setup.admission.ready(this.#stop.signal);
`,
      },
    ],
    caughtBy: "never forgets",
    fromSeed: 117,
  },
  {
    name: "release without finishing the batch",
    edits: [
      {
        file: `${CONSUMER}/shard/one-by-one.ts`,
        find: "untilAborted(this.#handler.handle(built), abandoned)",
        replace:
          "untilAborted(untilAborted(this.#handler.handle(built), this.#options.tenure.untilSignal), abandoned)",
      },
    ],
    caughtBy: "release after the batch",
    fromSeed: 10,
  },
  {
    name: "steal inside the fair-share band for ever",
    edits: [
      {
        file: `${CONSUMER}/lease/lease-plan.ts`,
        find: "Math.min(need, keep - (counts.get(worker) ?? 0))",
        replace: "Math.min(need, need + (counts.get(worker) ?? 0))",
      },
    ],
    caughtBy: "balance",
    fromSeed: 1,
  },
  {
    name: "delete a lease before its children exist",
    edits: [
      {
        file: `${CONSUMER}/shard/shard-runner.ts`,
        find: "    await this.#retried(() => createChildLeases(lease, children, this.#options, signal));\n",
        replace: "",
      },
      {
        file: `${CONSUMER}/shard/shard-runner.ts`,
        find: "    await this.#checkpointer.end(childShardIds);\n",
        replace: `    await this.#checkpointer.end(childShardIds);
    await this.#retried(() => createChildLeases(lease, children, this.#options, signal));
`,
      },
      {
        file: `${CONSUMER}/shard/clean-up-plan.ts`,
        find: "children.length > 0 && children.every(",
        replace: "children.length > 0 || children.every(",
      },
      {
        file: `${CONSUMER}/shard/clean-up-plan.ts`,
        find: 'plan.kind === "create" && plan.missing.length === 0 ? useless : []',
        replace: 'plan.kind === "create" ? useless : []',
      },
    ],
    caughtBy: "created and deleted",
    fromSeed: 1,
  },
  {
    name: "forget the subsequence at a checkpoint",
    edits: [
      {
        file: `${CONSUMER}/lease/held-lease.ts`,
        find: "    if (comparePositions(position, this.#checkpoint) > 0) this.#checkpoint = position;\n",
        replace: `    const { sequenceNumber } = position;
    if (comparePositions(position, this.#checkpoint) <= 0) return;
    this.#checkpoint = { sequenceNumber, subSequenceNumber: 0 };
`,
      },
    ],
    caughtBy: "clean handover",
    fromSeed: 3,
  },
  {
    name: "deliver after the local lease expired",
    edits: [
      {
        file: `${CONSUMER}/lease/held-lease.ts`,
        find: "    return this.#renewedAtMs + this.#options.failoverMs;\n",
        replace: "    return this.#renewedAtMs + 3 * this.#options.failoverMs;\n",
      },
    ],
    caughtBy: "delivery under a lease",
    fromSeed: 1,
  },
  {
    name: "two carriers of one lane in flight under key order",
    edits: [
      {
        file: `${PRODUCER}/lane/lane.ts`,
        find: "(this.#policy.isOrdered && this.#underWay > 0)",
        replace: "(this.#policy.isOrdered && this.#underWay > 1)",
      },
    ],
    caughtBy: "one carrier per lane",
    fromSeed: 1,
  },
  {
    name: "settle a receipt before the answer",
    edits: [
      {
        file: `${PRODUCER}/pipeline.ts`,
        find: "    const outcome = await this.#sender.send(\n",
        replace: `    const startedAtMs = this.#setup.clock.nowMs();
    const outcome: CallOutcome = {
      kind: "answered",
      outcomes: cargoes.map(({ lane }) => {
        return { kind: "stored", shardId: lane.target.shardId ?? "", sequenceNumber: "" };
      }),
      startedAtMs,
      endedAtMs: startedAtMs,
    };
    void this.#sender.send(
`,
      },
      {
        file: `${PRODUCER}/pipeline.ts`,
        find: 'import { Sender } from "./call/sender.ts";\n',
        replace: 'import { type CallOutcome, Sender } from "./call/sender.ts";\n',
      },
      {
        file: `${PRODUCER}/pipeline.ts`,
        find: '    if (outcome.kind === "failed") this.#follower.description.learn(outcome.failure);\n',
        replace: "",
      },
    ],
    caughtBy: "true receipts",
    fromSeed: 1,
  },
  {
    name: "let a halted shard rest for half the time that is told",
    edits: [
      {
        file: `${CONSUMER}/handling/batch-handler.ts`,
        find: "this.#halt.rest(at, afterMs, this.#tenure.untilSignal);\n",
        replace: "this.#halt.rest(at, afterMs / 2, this.#tenure.untilSignal);\n",
      },
    ],
    caughtBy: "a halted shard rests",
    fromSeed: 11,
  },
  ...LANE_BUGS,
  ...STREAM_BUGS,
  ...FAN_OUT_BUGS,
];
