// The real KPL, told what to put: a virtual machine and the daemon that it starts. It speaks TLS only.
import { STREAM } from "../emulator/traffic.ts";
import { JavaProcess } from "../java-process.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Traffic } from "./traffic.ts";

/** How the KPL is set up. */
export interface KplWay {
  /** How its daemon calls: a thread for each call, which is the KPL's default, or a pool of them. */
  readonly threads: "PER_REQUEST" | "POOLED";
  /** RecordMaxBufferedTime; 100 is the KPL's default, 0 the least that it takes. */
  readonly maxBufferedMs: number;
  readonly outstanding: number;
}

/** Starts one of our programs for the KPL. */
export function startKpl(
  program: "Load" | "Latency" | "Memory",
  { tlsPort }: Endpoint,
  { dataBytes, distinctKeys }: Traffic,
  { maxBufferedMs, outstanding, threads }: KplWay,
): Promise<JavaProcess> {
  return JavaProcess.start("kpl", program, {
    stream: STREAM,
    port: tlsPort,
    bytes: dataBytes,
    keys: distinctKeys,
    threads,
    "max-buffered-ms": maxBufferedMs,
    outstanding,
  });
}
