// The producer processes, one for each slot, and what they have said of every record.
import type { EmulatorClientConfig } from "@shardline/emulator";
import type { ProducerLine, ProducerSetup } from "./chaos-messages.ts";
import { ChaosProcess, type ProcessEnd } from "./chaos-process.ts";
import { Wire } from "./wire.ts";

/** A producer with what is needed to strike it. */
export interface ProducerPart {
  readonly name: string;
  readonly process: ChaosProcess;
  readonly wire: Wire;
}

export interface ProducerFleetOptions
  extends Pick<ProducerSetup, "records" | "seed" | "slots" | "startMs" | "overMs"> {
  readonly client: EmulatorClientConfig;
  /** A producer has ended that nobody told to, or a put has failed. */
  readonly onFailure: (reason: string) => void;
}

interface Slot {
  /** Everything before it was put, or lost with who was about to. */
  putUntil: number;
  starts: number;
  isDone: boolean;
  part: ProducerPart | undefined;
}

const MAX_FAILURES = 10;

export class ProducerFleet {
  /** Of each record, where it is stored if its producer was told so; else NaN. */
  readonly acknowledged: Float64Array;
  readonly #options: ProducerFleetOptions;
  readonly #slots: readonly Slot[];
  #stored = 0;
  #failed = 0;

  constructor(options: ProducerFleetOptions) {
    this.#options = options;
    this.acknowledged = new Float64Array(options.records).fill(Number.NaN);
    this.#slots = Array.from({ length: options.slots }, () => ({
      putUntil: 0,
      starts: 0,
      isDone: false,
      part: undefined,
    }));
  }

  /** Records that their producers were told to be stored. */
  get stored(): number {
    return this.#stored;
  }

  /** Records up to which all slots have put. */
  get put(): number {
    return Math.min(...this.#slots.map(({ putUntil }) => putUntil));
  }

  get failed(): number {
    return this.#failed;
  }

  get isDone(): boolean {
    return this.#slots.every(({ isDone }) => isDone);
  }

  /** Those that are neither stopped nor ending. */
  get working(): readonly ProducerPart[] {
    return this.#slots.flatMap(({ part }) => (part?.process.isWorking === true ? [part] : []));
  }

  async start(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => this.#begin(slot)));
  }

  /** Somebody else goes on where a killed one was. */
  async replace(victim: ProducerPart): Promise<string> {
    const slot = this.#slots.find(({ part }) => part === victim);
    if (slot === undefined) throw new Error(`${victim.name} has been replaced before`);
    if (!slot.isDone) await this.#begin(slot);
    return slot.part?.name ?? "";
  }

  /** Ends all at once. */
  async killAll(): Promise<void> {
    const parts = this.#slots.flatMap(({ part }) => part ?? []);
    await Promise.all(parts.map(({ process }) => process.kill()));
  }

  async #begin(slot: Slot): Promise<void> {
    const { client, overMs, records, seed, slots, startMs } = this.#options;
    const wire = await Wire.open(client);
    const number = this.#slots.indexOf(slot);
    const kinesis = wire.client("kinesis");
    const from = slot.putUntil;
    const setup: ProducerSetup = {
      kinesis,
      records,
      seed,
      slot: number,
      slots,
      from,
      startMs,
      overMs,
    };
    slot.starts += 1;
    const name = `producer-${number + 1}.${slot.starts}`;
    const process = new ChaosProcess({
      program: "producer-process",
      name,
      setup,
      onLine: (line) => this.#hear(slot, line as ProducerLine),
      onEnd: (end) => this.#onEnd(slot, name, wire, end),
    });
    slot.part = { name, process, wire };
  }

  #hear(slot: Slot, line: ProducerLine): void {
    switch (line.kind) {
      case "putting":
        slot.putUntil = line.until;
        return;
      case "stored":
        for (let i = 0; i < line.records.length; i += 2) {
          this.acknowledged[line.records[i] as number] = line.records[i + 1] as number;
          this.#stored += 1;
        }
        return;
      case "failed":
        this.#failed += 1;
        if (this.#failed <= MAX_FAILURES) this.#options.onFailure(`put ${line.index}: ${line.why}`);
        return;
      case "done":
        slot.isDone = true;
    }
  }

  #onEnd(slot: Slot, name: string, wire: Wire, { how, isWanted, said }: ProcessEnd): void {
    void wire[Symbol.asyncDispose]();
    if (isWanted || (slot.isDone && how === 0)) return;
    this.#options.onFailure(`${name} ended by itself with ${how}\n${said}`);
    // Nobody goes on with its keys.
    slot.isDone = true;
  }
}
