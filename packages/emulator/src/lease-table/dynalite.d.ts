// The part of dynalite 4 that is imported; the package brings no types.

declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    readonly createTableMs: number;
    readonly deleteTableMs: number;
    readonly updateTableMs: number;
  }

  export default function dynalite(options: DynaliteOptions): Server;
}
