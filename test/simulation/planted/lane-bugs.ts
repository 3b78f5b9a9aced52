// The bugs that the simulation must find where records of a shard are handled side by side, or batches are pulled.
import type { PlantedBug } from "./planted-bug.ts";

const LANES = "packages/consumer/src/lanes";
const CONSUMER = "packages/consumer/src";

export const LANE_BUGS: readonly PlantedBug[] = [
  {
    name: "checkpoint the newest record that is done",
    edits: [
      {
        file: `${CONSUMER}/checkpoint/checkpoint-tracker.ts`,
        find: "    delivery.done = upTo;\n",
        replace: `    delivery.done = upTo;
    for (let each = this.#first; each !== undefined && each !== delivery; each = each.next) {
      each.done = each.upTo;
    }
`,
      },
    ],
    caughtBy: "checkpoint covers only what is done",
    fromSeed: 2,
  },
  {
    name: "two lanes for one key",
    edits: [
      {
        file: `${LANES}/backlog.ts`,
        find: "    if (line.waiting.length > 0) this.#ready.push(line);\n",
        replace: `    if (this.#ready.includes(line)) return;
    if (line.waiting.length > 0) this.#ready.push(line);
`,
      },
      {
        file: `${LANES}/backlog.ts`,
        find: "    return { line, taken: this.#cut(line.waiting) };\n",
        replace: `    const taken = this.#cut(line.waiting);
    if (line.waiting.length > 0) this.#ready.push(line);
    return { line, taken };
`,
      },
    ],
    caughtBy: "one call per key",
    fromSeed: 8,
  },
  {
    name: "end a shard while a lane is at work",
    edits: [
      {
        file: `${LANES}/lanes.ts`,
        find: `    const { checkpointer, reading } = this.#options;
    await this.#until(() => this.#busy.size === 0 && checkpointer.isSettled, reading.signal);
`,
        replace: `    const { reading } = this.#options;
    await this.#until(() => this.#backlog.isEmpty, reading.signal);
`,
      },
      {
        file: `${CONSUMER}/shard/shard-runner.ts`,
        find: "      await this.#delivery.stopped().catch(() => undefined);\n",
        replace: "",
      },
      {
        file: `${CONSUMER}/shard/shard-runner.ts`,
        find: '    invariant(this.#checkpointer.isSettled, "a shard ends when every record is handled");\n',
        replace: "",
      },
      {
        file: `${CONSUMER}/shard/shard-runner.ts`,
        find: "  invariant,\n",
        replace: "",
      },
    ],
    caughtBy: "checkpoint covers only what is done",
    fromSeed: 50,
  },
  {
    name: "go on with a key whose record rests",
    edits: [
      {
        file: `${LANES}/lane.ts`,
        find: "  async handle({ taken }: LaneWork): Promise<void> {\n",
        replace: `  work: LaneWork | undefined;

  async handle(work: LaneWork): Promise<void> {
    const { taken } = work;
    this.work = work;
`,
      },
      {
        file: `${LANES}/lanes.ts`,
        find: "    else this.#halted.add(lane);\n",
        replace: `    else this.#halted.add(lane);
    if (lane.haltedAt !== undefined && lane.work !== undefined) this.#backlog.done(lane.work);
`,
      },
    ],
    caughtBy: "order within a key",
    fromSeed: 97,
  },
  {
    name: "give a turn back twice",
    edits: [
      {
        file: `${LANES}/lane.ts`,
        find: "    if (!this.#hasTurn) return;\n    this.#hasTurn = false;\n",
        replace: "    if (!this.#hasTurn) return;\n",
      },
    ],
    caughtBy: "calls at a time",
    fromSeed: 2,
  },
  {
    name: "leave what is done behind a gap out of the window",
    edits: [
      {
        file: `${LANES}/window.ts`,
        find: "      spanRecords + records <= maxSpanRecords\n",
        replace: "      Math.min(spanRecords, 0) + records <= maxSpanRecords\n",
      },
    ],
    caughtBy: "window",
    fromSeed: 94,
  },
  {
    name: "count a batch that was left as done",
    edits: [
      {
        file: `${CONSUMER}/handling/pull-desk.ts`,
        find: "      const withdraw = (): void => reject(WITHDRAWN);\n",
        replace: "      const withdraw = (): void => resolve(undefined);\n",
      },
      {
        file: `${CONSUMER}/handling/pull-desk.ts`,
        find: 'import { WITHDRAWN } from "./handler-call.ts";\n',
        replace: "",
      },
    ],
    caughtBy: "checkpoint covers only what is done",
    fromSeed: 2,
  },
  {
    name: "give a shard up and leave what lies before something that is done",
    edits: [
      {
        file: `${LANES}/lanes.ts`,
        find: "    if (handling.pulls !== undefined) calling.abort(reason);\n",
        replace: "    if (handling.clock.nowMs() >= 0) calling.abort(reason);\n",
      },
    ],
    caughtBy: "clean handover",
    fromSeed: 40,
  },
  {
    name: "try again what a handler has said that it has done",
    edits: [
      {
        file: `${CONSUMER}/handling/batch-handler.ts`,
        find: "    if (isFirstAtFault) return done;\n",
        replace: "    if (isFirstAtFault) return Math.min(done, 0);\n",
      },
    ],
    caughtBy: "nothing twice",
    fromSeed: 91,
  },
];
