// The names of consumers' processes, which tell of which kind they are.

/** The real consumer, or the model of the KCL. */
export type WorkerKind = "ours" | "kcl";

const PREFIXES: Readonly<Record<WorkerKind, string>> = { ours: "worker-", kcl: "kcl-" };

/** The name of the nth process of a fleet. */
export function workerName(kind: WorkerKind, ordinal: number): string {
  return `${PREFIXES[kind]}${ordinal}`;
}

/** Whether a process is a consumer of the KCL: for it the KCL's rules hold. */
export function isOfKcl(process: string | undefined): boolean {
  return process?.startsWith(PREFIXES.kcl) === true;
}

/** Whether a process is a consumer of ours. */
export function isOurs(process: string): boolean {
  return process.startsWith(PREFIXES.ours);
}

/** Whoever has a hand in the lease table beside the workers. */
export const OPERATOR = "operator";
