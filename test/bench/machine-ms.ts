// A clock that the processes of one machine share.

/** Milliseconds since some moment, the same for every process of this machine, those in Java included. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
