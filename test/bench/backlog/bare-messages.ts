// What the process of bare reads is told, and what it answers.
import type { WorkerTask } from "../workers/worker-task.ts";

/** What it is told when it starts. */
export type BareTask = Pick<WorkerTask, "endpoint" | "account" | "stream" | "read" | "idleMs">;

/** That a backlog will come, or what the last one came to: that is answered when all of it was read. */
export type BareQuestion = "expect" | "done";

export interface BareArrival {
  readonly atMs: number;
  /** Of the whole process, since it was told to expect it. */
  readonly cpuUs: number;
  readonly bytes: number;
}
