// Lease moves -> DynamoDB update and condition expressions. Names are always aliased.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { isSentinel, type Position } from "@shardline/core";
import { ATTRIBUTES, LEASE_ENTITY } from "./dynamodb-lease-attributes.ts";
import {
  checkpointAttributes,
  haltAttributes,
  pendingAttributes,
  rangeAttributes,
} from "./dynamodb-lease-item.ts";
import type { PendingCheckpoint } from "./lease.ts";
import type { LeaseExpectation, LeaseMove, LeasePatch } from "./lease-move.ts";

const NO_PENDING_CHECKPOINT = {
  [ATTRIBUTES.pendingCheckpoint]: null,
  [ATTRIBUTES.pendingCheckpointSub]: null,
  [ATTRIBUTES.pendingCheckpointState]: null,
} as const;

const NO_HALT = { [ATTRIBUTES.haltedAt]: null, [ATTRIBUTES.haltedAtSub]: null } as const;

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
  return terms.write(conditions, update.filter((part) => part !== "").join(" ") || undefined);
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
  const { checkpoint, checkpointOwner, counter, owner, streamEpoch, wantedBy } = expect;
  const equals = (attribute: string, value: AttributeValue | null | undefined): string[] => {
    if (value === undefined) return [];
    const name = terms.name(attribute);
    return [value === null ? `attribute_not_exists(${name})` : `${name} = ${terms.value(value)}`];
  };
  const entityType = terms.name(ATTRIBUTES.entityType);
  return [
    `attribute_exists(${terms.name(ATTRIBUTES.key)})`,
    `(attribute_not_exists(${entityType}) OR ${entityType} = ${terms.value({ S: LEASE_ENTITY })})`,
    ...equals(ATTRIBUTES.counter, scalarOf(counter)),
    ...equals(ATTRIBUTES.owner, scalarOf(owner)),
    ...equals(ATTRIBUTES.checkpointOwner, scalarOf(checkpointOwner)),
    ...equals(ATTRIBUTES.wantedBy, scalarOf(wantedBy)),
    ...equals(ATTRIBUTES.streamEpoch, scalarOf(streamEpoch)),
    ...(checkpoint === undefined ? [] : positionConditions(checkpoint, terms)),
  ];
}

/** The index of a sentinel means nothing; of a record it may be left out where it is 0. */
function positionConditions(position: Position, terms: Terms): string[] {
  const { sequenceNumber, subSequenceNumber: index } = position;
  const sequence = `${terms.name(ATTRIBUTES.checkpoint)} = ${terms.value({ S: sequenceNumber })}`;
  if (isSentinel(position)) return [sequence];
  const name = terms.name(ATTRIBUTES.checkpointSub);
  const sub = `${name} = ${terms.value({ N: index.toString() })}`;
  return [sequence, index === 0 ? `(attribute_not_exists(${name}) OR ${sub})` : sub];
}

/** Attribute by attribute; `null` removes. */
function changesOf(patch: LeasePatch): Record<string, AttributeValue | null> {
  const { checkpoint, childShardIds, haltedAt, hashKeyRange, pendingCheckpoint, ...scalars } =
    patch;
  const changes = Object.entries(scalars).flatMap(([field, value]) => {
    const change = scalarOf(value);
    return change === undefined ? [] : [[ATTRIBUTES[field as keyof typeof scalars], change]];
  });
  return {
    ...(Object.fromEntries(changes) as Record<string, AttributeValue | null>),
    ...(checkpoint && { ...checkpointAttributes(checkpoint), ...NO_PENDING_CHECKPOINT }),
    ...(pendingCheckpoint && pendingChanges(pendingCheckpoint)),
    ...(childShardIds && { [ATTRIBUTES.childShardIds]: setOf(childShardIds) }),
    ...(haltedAt === undefined ? {} : haltedAt === null ? NO_HALT : haltAttributes(haltedAt)),
    ...rangeAttributes(hashKeyRange),
  };
}

/** The state of an earlier one goes, too. */
function pendingChanges(pending: PendingCheckpoint): Record<string, AttributeValue | null> {
  return { ...NO_PENDING_CHECKPOINT, ...pendingAttributes(pending) };
}

function scalarOf(value: string | number | null | undefined): AttributeValue | null | undefined {
  if (value === null || value === undefined) return value;
  return typeof value === "string" ? { S: value } : { N: value.toString() };
}

/** DynamoDB has no empty sets. */
function setOf(values: readonly string[]): AttributeValue | null {
  return values.length === 0 ? null : { SS: [...values] };
}
