// What a pipeline is made of, and what is left of one.
import type { Clock, Events, KinesisApi, Random, StreamRef, UserRecord } from "@shardline/core";
import type { CallSlots } from "./call/call-slots.ts";
import type { Admission } from "./intake/admission.ts";
import type { WaitingRecord } from "./intake/waiting-record.ts";
import type { ProducerEvents } from "./producer-events.ts";
import type { ProducerSettings } from "./settings.ts";

/** What is left of a producer when it is closed. */
export interface PipelineClosed {
  readonly stored: number;
  readonly failed: number;
  readonly abandoned: readonly UserRecord[];
}

export interface PipelineOptions {
  readonly stream: StreamRef;
  /** What records call it that are for it; `undefined` for the producer's own. */
  readonly calledBy: string | undefined;
  readonly settings: ProducerSettings;
  /** The buffer that all pipelines of a producer share. */
  readonly admission: Admission<WaitingRecord>;
  /** Calls under way of all pipelines of a producer. */
  readonly slots: CallSlots;
  readonly kinesis: KinesisApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events<ProducerEvents>;
}
