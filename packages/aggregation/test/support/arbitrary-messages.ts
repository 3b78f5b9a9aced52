// Messages as fast-check draws them: in the right form, in odd ones, and damaged. Nothing in them but the
// damage has the upper bit of a byte set, so that few take long varints (see reflection-oracle.ts).
import fc from "fast-check";
import { bytes, field, type Part, varint } from "./messages.ts";

const text = fc.string({ unit: "grapheme-ascii", maxLength: 5 });
const hashKey = fc.oneof(fc.nat().map(String), text);
const index = fc
  .nat({ max: 3 })
  .chain((value) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(varint(value)) }, fc.constant(varint(value, 2))),
  );

const tag = fc
  .record({ key: text, value: text }, { requiredKeys: [] })
  .map(({ key, value }) =>
    bytes(
      ...(key === undefined ? [] : [field(1, key)]),
      ...(value === undefined ? [] : [field(2, value)]),
    ),
  );

const unknownField: fc.Arbitrary<Uint8Array> = fc.letrec<{ field: Uint8Array }>((tie) => ({
  field: fc.oneof(
    { depthSize: "small" },
    fc.nat({ max: 300 }).map((value) => bytes(5 << 3, varint(value))),
    fc
      .uint8Array({ minLength: 8, maxLength: 8, max: 127 })
      .map((eight) => bytes((6 << 3) | 1, eight)),
    text.map((content) => field(7, content)),
    fc
      .uint8Array({ minLength: 4, maxLength: 4, max: 127 })
      .map((four) => bytes((8 << 3) | 5, four)),
    fc
      .array(tie("field"), { maxLength: 3 })
      .map((inside) => bytes((9 << 3) | 3, ...inside, (9 << 3) | 4)),
  ),
})).field;

/** Mostly the fields of a record in order, at times some more or fewer and in any order. */
const record = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(index, text).map(([at, data]) => [bytes(0x08, at), field(3, data)]),
  },
  fc
    .tuple(index, index, text)
    .map(([at, hashAt, data]) => [bytes(0x08, at), bytes(0x10, hashAt), field(3, data)]),
  fc.array(
    fc.oneof(
      index.map((at) => bytes(0x08, at)),
      index.map((at) => bytes(0x10, at)),
      text.map((data) => field(3, data)),
      tag.map((content) => field(4, content)),
      unknownField,
    ),
    { maxLength: 6 },
  ),
);

const fields = fc.record({
  keys: fc.array(text, { maxLength: 4 }),
  hashKeys: fc.array(hashKey, { maxLength: 3 }),
  records: fc.array(record, { maxLength: 5 }),
  unknown: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(unknownField, { maxLength: 2 }),
  ),
});

/** Whole messages, each valid protobuf if its records have what they need. */
export const arbitraryMessage: fc.Arbitrary<Uint8Array> = fields
  .map(({ keys, hashKeys, records, unknown }): Uint8Array[] => [
    ...keys.map((key) => field(1, key)),
    ...hashKeys.map((key) => field(2, key)),
    ...records.map((content) => field(3, ...content)),
    ...unknown,
  ])
  .chain((parts) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(parts) },
      fc.shuffledSubarray(parts, { minLength: parts.length }),
    ),
  )
  .map((parts: readonly Part[]) => bytes(...parts));

/** Messages with a bit turned, a byte put in or taken out, or an end cut off. */
export const damagedMessage: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    arbitraryMessage,
    fc.nat(),
    fc.nat({ max: 255 }),
    fc.constantFrom("turn", "put", "take", "cut"),
  )
  .map(([message, place, value, damage]) => {
    const at = place % (message.length + 1);
    const [before, behind] = [message.slice(0, at), message.slice(at)];
    if (damage === "cut") return before;
    if (damage === "put") return bytes(before, value, behind);
    if (damage === "take") return bytes(before, behind.slice(1));
    return bytes(
      before,
      behind.map((byte, i) => (i === 0 ? byte ^ (1 << (value & 7)) : byte)),
    );
  });
