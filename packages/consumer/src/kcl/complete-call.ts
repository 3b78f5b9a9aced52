// Calls a method of a record processor and waits for its end, in whichever of two ways it tells it.
import type { CompleteCallback, ShardRecordProcessor } from "./record-processor.ts";

type InputOf<Name extends keyof ShardRecordProcessor> = Parameters<
  NonNullable<ShardRecordProcessor[Name]>
>[0];
type Methods = Record<string, (input: unknown, done: CompleteCallback) => Promise<void> | void>;

/** Resolves when the method is done; rejects when it throws, rejects, or calls back with an error. */
export function completeCall<Name extends keyof ShardRecordProcessor>(
  processor: ShardRecordProcessor,
  name: Name,
  input: InputOf<Name>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const completeCallback: CompleteCallback = (error) => (error ? reject(error) : resolve());
    const returned = (processor as unknown as Methods)[name]?.(input, completeCallback);
    const parameters = processor[name]?.length ?? 0;
    // What handles records takes some: a wrapper hides them, and whether it calls back, but not a promise.
    const isWrapped = name === "processRecords" && parameters === 0;
    const mayCallBack = parameters >= 2 || (isWrapped && !isThenable(returned));
    // One that calls back may be an async function all the same: then its promise tells of failures only.
    if (mayCallBack) Promise.resolve(returned).catch(reject);
    else resolve(returned);
  });
}

function isThenable(returned: unknown): boolean {
  return typeof (Object(returned) as { readonly then?: unknown }).then === "function";
}
