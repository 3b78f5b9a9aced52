// Whether a client is as the SDK makes them, so that going past its `send` leaves nobody out: no middleware, signer,
// protocol or tracer of the user's. Looked at whole once, and again at every call as far as it can have changed since.
import {
  Kinesis,
  KinesisClient,
  type KinesisClientResolvedConfig,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { middlewaresOf } from "./middlewares.ts";

/** Answers before a call whether it may leave `send` out. Never rejects. */
export type LooksUntouched = () => Promise<boolean>;

type Config = KinesisClientResolvedConfig;

/** What all clients of one copy of the SDK share unless a user hands in something else. */
const SHARED = [
  "base64Decoder",
  "base64Encoder",
  "bodyLengthChecker",
  "endpointProvider",
  "httpAuthSchemeProvider",
  "serviceId",
  "sha256",
  "streamCollector",
  "urlParser",
  "utf8Decoder",
  "utf8Encoder",
] as const satisfies readonly (keyof Config)[];
/** What each client has its own of. */
const OWN = ["httpAuthSchemes", "logger", "protocol", "retryStrategy", "signer"] as const;

let reference: KinesisClient | undefined;

/** A client that nobody has touched, to compare with; it never sends. */
function pristineClient(): KinesisClient {
  reference ??= new KinesisClient({
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    maxAttempts: 1,
    retryMode: "standard",
  });
  return reference;
}

/**
 * Whether nobody has touched a client. One of another copy of the SDK, of a class of the user's or of none is never
 * taken for untouched: nothing is known of what its `send` does.
 */
export function isAsMade(client: object): client is KinesisClient {
  if (!isOfThisSdk(client)) return false;
  const { config } = client;
  const pristine = pristineClient();
  return (
    isSdkWay(client) &&
    haveSameCode(stepsOf(client), stepsOf(pristine)) &&
    haveSameCode(runsOf(client), runsOf(pristine)) &&
    SHARED.every((name) => config[name] === pristine.config[name]) &&
    haveSameCode([config.signer], [pristine.config.signer]) &&
    of(config, "signerConstructor") === undefined &&
    signsAs(config, pristine.config) &&
    isSameProtocol(config.protocol, pristine.config.protocol) &&
    !tellsCalls(config.logger, pristine.config.logger)
  );
}

/** Watches a client that was as made when it was first looked at. */
export function watchClient(client: KinesisClient): LooksUntouched {
  const seen = snapshotOf(client);
  const isUntouched = retriesAsMade(client).catch(() => false);
  return async () => (await isUntouched) && isSame(seen, snapshotOf(client));
}

function isOfThisSdk(client: object): client is KinesisClient {
  const made: unknown = Object.getPrototypeOf(client);
  return made === KinesisClient.prototype || made === Kinesis.prototype;
}

/** Tracers and mocks replace functions of the classes as well, a fresh client's with them; the SDK's own do this. */
function isSdkWay(client: KinesisClient): boolean {
  return (
    codeOf(of(client, "send")).includes("resolveMiddleware") &&
    codeOf(of(PutRecordsCommand.prototype, "resolveMiddleware")).includes(
      "resolveMiddlewareWithContext",
    )
  );
}

/** What the SDK calls on the way of a command through a client, besides its middleware. */
function stepsOf(client: KinesisClient): unknown[] {
  const { config, middlewareStack } = client;
  return [
    of(client, "send"),
    of(PutRecordsCommand.prototype, "resolveMiddleware"),
    of(config.protocol, "serializeRequest"),
    of(config.protocol, "deserializeResponse"),
    ...config.httpAuthSchemes.map((scheme) => of(scheme, "identityProvider")),
    ...Object.values(middlewareStack),
  ];
}

/** A function, to be compared and not called. */
function of(owner: object, name: string): unknown {
  return (owner as Readonly<Record<string, unknown>>)[name];
}

function signsAs({ httpAuthSchemes }: Config, pristine: Config): boolean {
  const [own, ...others] = httpAuthSchemes;
  const [made] = pristine.httpAuthSchemes;
  if (own === undefined || made === undefined || others.length > 0) return false;
  return own.schemeId === made.schemeId && isOfSameClass(own.signer, made.signer);
}

function isSameProtocol(own: unknown, made: unknown): boolean {
  const [mine, theirs] = [own, made] as { serviceTarget?: unknown; codec?: object }[];
  return (
    isOfSameClass(mine, theirs) &&
    mine?.serviceTarget === theirs?.serviceTarget &&
    isOfSameClass(mine?.codec, theirs?.codec)
  );
}

/** Of one class, without methods of its own on top. */
function isOfSameClass(own: unknown, made: unknown): boolean {
  if (typeof own !== "object" || own === null) return false;
  const methods = Object.values(own).filter((value) => typeof value === "function");
  return methods.length === 0 && Object.getPrototypeOf(own) === Object.getPrototypeOf(made);
}

/** The SDK tells every call to a logger that has `info`; its own, which clients have without one, says nothing. */
function tellsCalls(logger: Config["logger"], silent: Config["logger"]): boolean {
  return typeof logger?.info === "function" && !isOfSameClass(logger, silent);
}

/** A strategy of the user's, or the one that slows calls down by itself, wants to see them. */
async function retriesAsMade({ config }: KinesisClient): Promise<boolean> {
  const [own, made] = [await config.retryStrategy(), await pristineClient().config.retryStrategy()];
  return Object.getPrototypeOf(own) === Object.getPrototypeOf(made);
}

/** Two closures of the SDK's, each of its own client, are one piece of code. */
function haveSameCode(own: readonly unknown[], made: readonly unknown[]): boolean {
  return own.length === made.length && own.every((run, i) => codeOf(run) === codeOf(made[i]));
}

function codeOf(run: unknown): string {
  return typeof run === "function" ? Function.prototype.toString.call(run) : "";
}

function runsOf(client: KinesisClient): unknown[] {
  return middlewaresOf(client).map(({ run }) => run);
}

/** All that may be replaced on a client that is in use. */
function snapshotOf(client: KinesisClient): unknown[] {
  const { config, middlewareStack } = client;
  const seen = [middlewareStack, config.logger?.info, ...stepsOf(client)];
  for (const scheme of config.httpAuthSchemes) seen.push(scheme, scheme.signer);
  for (const name of SHARED) seen.push(config[name]);
  for (const name of OWN) seen.push(config[name]);
  for (const { run } of middlewaresOf(client)) seen.push(run);
  return seen;
}

function isSame(seen: readonly unknown[], now: readonly unknown[]): boolean {
  return seen.length === now.length && seen.every((value, i) => value === now[i]);
}
