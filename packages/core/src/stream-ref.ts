// Which stream is meant. Everything that names a stream carries this value, so that streams of other
// accounts and regions, and re-created ones, need no second way of naming.

/** A stream by name, with what is known about where it lives. */
export interface StreamRef {
  readonly name: string;
  /** Present when the stream was named by ARN; sent instead of the name. */
  readonly arn?: string;
  /** Twelve digits. */
  readonly account?: string;
  readonly region?: string;
  /** The service's own id of the stream, sent beside name or ARN; the SDK makes the address of a call from it. */
  readonly id?: string;
  /** Creation time in epoch seconds: tells a re-created stream from its predecessor. */
  readonly epoch?: number;
}

const NAME = /^[a-zA-Z0-9_.-]{1,128}$/;
const ID = /^[a-z0-9]{20}-[a-z0-9]{3}$/;
const ARN = /^arn:aws[^:]*:kinesis:([^:]*):(\d{12}):stream\/([a-zA-Z0-9_.-]{1,128})$/;

/** Reads a stream name or a stream ARN; `undefined` when the text is neither. */
export function parseStreamRef(nameOrArn: string): StreamRef | undefined {
  const arn = ARN.exec(nameOrArn);
  if (arn) {
    const [, region, account, name] = arn as unknown as [string, string, string, string];
    return { name, arn: nameOrArn, account, ...(region === "" ? {} : { region }) };
  }
  return NAME.test(nameOrArn) ? { name: nameOrArn } : undefined;
}

/** Reads a stream's id; `undefined` when the text is none. */
export function parseStreamId(text: string): string | undefined {
  return ID.test(text) ? text : undefined;
}
