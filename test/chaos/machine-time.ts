// A clock that all processes of this machine share, so that what they write down can be put in one order.

/** Milliseconds since some moment, the same for every process; never goes back. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
