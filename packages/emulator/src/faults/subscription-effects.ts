// What a fault does to a subscription, once SubscribeToShard was answered: to its events, or to the bytes of
// the frames that carry them.

/** What a fault does to a subscription. */
export type SubscriptionEffect = EventEffect | FrameEffect;

/** An event effect with every default filled in. */
export type EventFault = Settled<EventEffect>;

/** A frame effect with every default filled in. */
export type FrameFault = Settled<FrameEffect>;

type Settled<Effect> = Effect extends unknown ? Required<Effect> : never;

/**
 * How many events, or frames, pass before the fault: 0 to 1,000,000. A subscription that ends by itself before that
 * ends as it would without. @defaultValue 0
 */
type After = number;

/** Changes the events. Each is an event of the service, so that in the process they are the same as on the wire. */
export type EventEffect =
  | {
      /** Each event comes later by so much, and those behind it too. */
      readonly kind: "delayEvents";
      /** In ms: 0 to 1 hour. */
      readonly ms: number;
    }
  | {
      /** Events without records do not come: a quiet shard falls silent. */
      readonly kind: "dropHeartbeats";
    }
  | {
      /** Nothing comes any more, and the connection stays. */
      readonly kind: "silence";
      readonly afterEvents?: After;
    }
  | {
      /** The subscription ends with an exception. */
      readonly kind: "failEvents";
      /** Name of the exception. @defaultValue "InternalFailureException" */
      readonly type?: string;
      /** @defaultValue the text of the service, where it is known */
      readonly message?: string | undefined;
      readonly afterEvents?: After;
    }
  | {
      /** The subscription ends as it does after its five minutes. */
      readonly kind: "endEvents";
      readonly afterEvents?: After;
    }
  | {
      /** The subscription ends as if another one of the same consumer had taken its place. */
      readonly kind: "takeOver";
      readonly afterEvents?: After;
    }
  | {
      /** ContinuationSequenceNumber stays what it was in the first event: who resumes there reads again. */
      readonly kind: "staleContinuation";
    };

/** Changes the bytes. The frame that answers the call itself counts as the first. */
export type FrameEffect =
  | {
      /** The answer breaks off. */
      readonly kind: "cutFrames";
      /**
       * - `clean`: it ends between two frames, as at the end of a subscription.
       * - `dirty`: the connection is destroyed between two frames.
       * - `truncated`: it ends in the middle of the next frame.
       * - `resetStream`: HTTP/2 RST_STREAM with INTERNAL_ERROR; HTTP/1.1 as `dirty`.
       *
       * @defaultValue "dirty"
       */
      readonly how?: "clean" | "dirty" | "truncated" | "resetStream";
      readonly afterFrames?: After;
    }
  | {
      /** One frame has a wrong checksum. */
      readonly kind: "badChecksum";
      readonly afterFrames?: After;
    }
  | {
      /** Frames come in pieces of so many bytes. */
      readonly kind: "splitFrames";
      /** 1 to 1,048,576. @defaultValue 1 */
      readonly bytes?: number;
    };
