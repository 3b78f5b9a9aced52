// Where a call goes. The SDK's rules for that take as long as a small call; so what they said is remembered for as long as
// all that they go by is the same: what the client is configured with at the moment, and what the call says of its stream.
import type { KinesisClientResolvedConfig } from "@aws-sdk/client-kinesis";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";

type Config = KinesisClientResolvedConfig;
export type Endpoint = Awaited<ReturnType<typeof getEndpointFromInstructions>>;
/** A command of the SDK's, which knows what the endpoint depends on. */
export type EndpointCommand = Parameters<typeof getEndpointFromInstructions>[1];

/** What an endpoint depends on. */
interface EndpointNeed {
  readonly command: EndpointCommand;
  /** The fields of the request that may decide. */
  readonly endpointInput: object;
  readonly config: Config;
  /** Whose account may be part of the address. */
  readonly identity: object;
}

interface Remembered {
  readonly settings: readonly unknown[];
  readonly endpoint: Endpoint;
}

/** The fields of requests that the rules look at. */
const DECIDING = ["StreamARN", "ConsumerARN", "StreamId"] as const;
/** A client that is used for more streams than this asks the rules more often. */
const MAX_REMEMBERED = 1000;

/** The endpoints of one client. */
export class Endpoints {
  readonly #remembered = new Map<EndpointCommand, Map<string, Remembered>>();

  async endpointFor(need: EndpointNeed): Promise<Endpoint> {
    const { command, config, endpointInput } = need;
    const settings = await settingsOf(need);
    const ofCommand = this.#remembered.get(command) ?? new Map<string, Remembered>();
    const key = keyOf(endpointInput);
    const known = ofCommand.get(key);
    if (known !== undefined && isSame(known.settings, settings)) return known.endpoint;
    // What is looked up in the environment is set on the configuration it is given: not on the client's.
    const own = Object.create(config) as Config;
    const endpoint = await getEndpointFromInstructions(endpointInput, command, own);
    if (ofCommand.size >= MAX_REMEMBERED) ofCommand.clear();
    this.#remembered.set(command, ofCommand.set(key, { settings, endpoint }));
    return endpoint;
  }
}

/** All that the rules may ask a client for; providers of settings that stay the same answer with the same value. */
async function settingsOf({ config, identity }: EndpointNeed): Promise<readonly unknown[]> {
  return [
    identity,
    config.endpointProvider,
    config.isCustomEndpoint,
    config.endpoint && addressOf(await config.endpoint()),
    await config.region(),
    await config.useDualstackEndpoint(),
    await config.useFipsEndpoint(),
    await config.accountIdEndpointMode(),
  ];
}

/** What a provider of an endpoint answers. */
type GivenEndpoint = Awaited<ReturnType<NonNullable<Config["endpoint"]>>>;

/** A provider makes a new object each time, also where it says the same. */
function addressOf(given: GivenEndpoint): unknown {
  const { hostname, path, port, protocol, ...more } = given;
  const isAddressOnly = Object.values(more).every((value) => value === undefined);
  return isAddressOnly ? `${protocol}//${hostname}:${port}${path}` : given;
}

function keyOf(endpointInput: object): string {
  const fields = endpointInput as Readonly<Record<string, string | undefined>>;
  return DECIDING.map((name) => fields[name] ?? "").join("|");
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.every((value, i) => value === other[i]);
}
