// Reads a lease item by the rules of the KCL 2.x (DynamoDBLeaseSerializer): what it would refuse, this refuses.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

type Item = Readonly<Record<string, AttributeValue>>;
type TypeName = "S" | "N" | "SS";

/** What the KCL knows of each attribute: its type, and whether a lease cannot do without it. */
const SCHEMA: Readonly<Record<string, readonly [TypeName, "required" | "optional"]>> = {
  leaseKey: ["S", "required"],
  leaseOwner: ["S", "optional"],
  leaseCounter: ["N", "required"],
  ownerSwitchesSinceCheckpoint: ["N", "required"],
  checkpoint: ["S", "required"],
  checkpointSubSequenceNumber: ["N", "required"],
  parentShardId: ["SS", "optional"],
  childShardIds: ["SS", "optional"],
  startingHashKey: ["S", "optional"],
  endingHashKey: ["S", "optional"],
};

const SENTINELS = new Set(["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "SHARD_END"]);

/** The attributes that the KCL reads, as plain values. Throws where it would. */
export function readAsKcl(item: Item): Record<string, string | readonly string[]> {
  const lease: Record<string, string | readonly string[]> = {};
  for (const [name, [type, need]] of Object.entries(SCHEMA)) {
    const attribute = item[name];
    if (attribute === undefined) {
      if (need === "required") throw new Error(`${name} is missing`);
      continue;
    }
    lease[name] = valueOf(name, attribute, type);
  }
  checkCheckpoint(lease["checkpoint"] as string);
  checkRange(lease["startingHashKey"] as string, lease["endingHashKey"] as string);
  return lease;
}

function valueOf(name: string, attribute: AttributeValue, type: TypeName): string | string[] {
  const [[found, value]] = Object.entries(attribute) as [[string, string | string[]]];
  if (found !== type) throw new Error(`${name} is of type ${found}, not ${type}`);
  if (value.length === 0) throw new Error(`${name} is empty`);
  if (type === "N" && !/^\d+$/.test(value as string)) throw new Error(`${name} is no whole number`);
  return value;
}

function checkCheckpoint(checkpoint: string): void {
  const isKnown = SENTINELS.has(checkpoint) || /^(0|[1-9]\d*)$/.test(checkpoint);
  if (!isKnown) throw new Error(`${checkpoint} is no checkpoint`);
}

function checkRange(start: string | undefined, end: string | undefined): void {
  if ((start === undefined) !== (end === undefined)) throw new Error("half a hash range");
  if (start !== undefined && BigInt(start) >= BigInt(end as string)) {
    throw new Error("the hash range ends before it begins");
  }
}
