// How the data of records is shown: as the text it is, or in a form that any bytes have.
import { isUtf8 } from "node:buffer";

/** `text` falls back to base64 for what is not UTF-8. */
export type DataForm = "text" | "base64" | "hex";

/** A field of a JSON object, named for the form in which the data is in it. */
export type DataField =
  | { readonly data: string }
  | { readonly dataBase64: string }
  | { readonly dataHex: string };

/** The data of one record. */
export function dataFieldOf(data: Uint8Array, form: DataForm): DataField {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (form === "hex") return { dataHex: bytes.toString("hex") };
  return form === "text" && isUtf8(bytes)
    ? { data: bytes.toString() }
    : { dataBase64: bytes.toString("base64") };
}
