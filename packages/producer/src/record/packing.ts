// How records become carriers.

/** The partition key of a record without one, which only service-managed streams take: no other is empty. */
export const NO_KEY = "";

/** Each by itself, or several in one. */
export type Packing =
  | { readonly kind: "plain" }
  | {
      readonly kind: "aggregate";
      /** Under which partition key an aggregate travels: one byte, or that of its first record. */
      readonly carrierKey: "a" | "first";
      /** Whether a payload that is itself an aggregate is wrapped, so that consumers hand it back as it is. */
      readonly escapes: boolean;
    };
