// For processes that the run starts: they end when the run says so, or when it is no more.

/** Ctrl-C and the like reach the whole group of processes; the run decides what comes of it. */
export function outliveSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => undefined);
  process.on("disconnect", () => process.exit());
  // The run may have ended while this process was still loading its modules.
  if (!process.connected) process.exit();
}
