// What a process holds. It must run with `--expose-gc`.

/** Heap and buffers. What a collection frees of buffers goes on another thread, and only the next one counts it as gone. */
export function bytesInUse(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
