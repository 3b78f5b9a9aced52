// Lease moves -> DynamoDB update and condition expressions. Names are always aliased.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Position } from "@shardline/core";
import { ATTRIBUTES, checkpointOf, LEASE_ENTITY } from "./dynamodb-lease-item.ts";
import type { LeaseExpectation, LeaseMove, LeasePatch } from "./lease-move.ts";

/** What a KCL application prepares before it checkpoints; its next checkpoint, whoever makes it, removes it. */
const PENDING_CHECKPOINT = [
  "pendingCheckpoint",
  "pendingCheckpointSubSequenceNumber",
  "pendingCheckpointState",
] as const;

/** The expression part of an UpdateItem or DeleteItem input. */
export interface ConditionalWrite {
  readonly ConditionExpression: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

/** The expressions of a move. */
export function writeOf({ expect, patch }: LeaseMove): ConditionalWrite {
  const terms = new Terms();
  const conditions = conditionsOf(expect, terms);
  const changes = Object.entries(changesOf(patch));
  const sets = changes.flatMap(([name, value]) =>
    value === null ? [] : [`${terms.name(name)} = ${terms.value(value)}`],
  );
  const removals = changes.flatMap(([name, value]) => (value === null ? [terms.name(name)] : []));
  const update = [
    sets.length === 0 ? "" : `SET ${sets.join(", ")}`,
    removals.length === 0 ? "" : `REMOVE ${removals.join(", ")}`,
  ];
  return terms.write(conditions, update.filter((part) => part !== "").join(" "));
}

/** The condition of a deletion. */
export function conditionOf(expect: LeaseExpectation): ConditionalWrite {
  const terms = new Terms();
  return terms.write(conditionsOf(expect, terms), undefined);
}

/** Aliases for the names and values of one request. */
class Terms {
  readonly #names = new Map<string, string>();
  readonly #values: AttributeValue[] = [];

  name(attribute: string): string {
    const alias = this.#names.get(attribute) ?? `#${this.#names.size}`;
    this.#names.set(attribute, alias);
    return alias;
  }

  value(value: AttributeValue): string {
    return `:${this.#values.push(value) - 1}`;
  }

  write(conditions: readonly string[], update: string | undefined): ConditionalWrite {
    const names = [...this.#names].map(([attribute, alias]) => [alias, attribute]);
    const values = this.#values.map((value, i) => [`:${i}`, value]);
    return {
      ConditionExpression: conditions.join(" AND "),
      ...(update === undefined ? {} : { UpdateExpression: update }),
      ExpressionAttributeNames: Object.fromEntries(names),
      ExpressionAttributeValues: Object.fromEntries(values),
    };
  }
}

/** The item must exist, because an update would create it, and be a lease: the KCL 3.x keeps others beside them. */
function conditionsOf(expect: LeaseExpectation, terms: Terms): string[] {
  const { checkpoint, checkpointOwner, counter, owner, wantedBy } = expect;
  const wanted: [string, AttributeValue | null][] = [];
  if (counter !== undefined) wanted.push([ATTRIBUTES.counter, { N: counter.toString() }]);
  if (owner !== undefined) wanted.push([ATTRIBUTES.owner, owner === null ? null : { S: owner }]);
  if (checkpointOwner !== undefined) {
    wanted.push([
      ATTRIBUTES.checkpointOwner,
      checkpointOwner === null ? null : { S: checkpointOwner },
    ]);
  }
  if (wantedBy !== undefined) wanted.push([ATTRIBUTES.wantedBy, { S: wantedBy }]);
  if (checkpoint !== undefined) wanted.push(...Object.entries(checkpointOf(checkpoint)));
  const entityType = terms.name(ATTRIBUTES.entityType);
  return [
    `attribute_exists(${terms.name(ATTRIBUTES.key)})`,
    `(attribute_not_exists(${entityType}) OR ${entityType} = ${terms.value({ S: LEASE_ENTITY })})`,
    ...wanted.map(([name, value]) =>
      value === null
        ? `attribute_not_exists(${terms.name(name)})`
        : `${terms.name(name)} = ${terms.value(value)}`,
    ),
  ];
}

/** Attribute by attribute; `null` removes. */
function changesOf(patch: LeasePatch): Record<string, AttributeValue | null> {
  const { checkpoint, childShardIds, ...scalars } = patch;
  const changes = Object.entries(scalars).map(([field, value]) => {
    return [ATTRIBUTES[field as keyof typeof scalars], scalarOf(value)] as const;
  });
  return {
    ...Object.fromEntries(changes),
    ...(checkpoint === undefined ? {} : checkpointChanges(checkpoint)),
    ...(childShardIds === undefined ? {} : { [ATTRIBUTES.childShardIds]: setOf(childShardIds) }),
  };
}

function checkpointChanges(checkpoint: Position): Record<string, AttributeValue | null> {
  const removals = PENDING_CHECKPOINT.map((name) => [name, null] as const);
  return { ...checkpointOf(checkpoint), ...Object.fromEntries(removals) };
}

function scalarOf(value: string | number | null): AttributeValue | null {
  if (value === null) return null;
  return typeof value === "string" ? { S: value } : { N: value.toString() };
}

/** DynamoDB has no empty sets. */
function setOf(values: readonly string[]): AttributeValue | null {
  return values.length === 0 ? null : { SS: [...values] };
}
