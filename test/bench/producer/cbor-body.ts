// As much of CBOR (RFC 8949) as a PutRecords call and its answer are made of. Bytes are not copied.
const BREAK = 0xff;
const INDEFINITE = 31;
const MAJOR_TEXT = 3;
const MAJOR_LIST = 4;
const MAJOR_MAP = 5;

type Item = number | Buffer | string | boolean | null | readonly Item[] | { [name: string]: Item };

/** The one item that a body is. */
export function readCbor(body: Buffer): Item {
  return new Reader(body).item();
}

class Reader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  item(): Item {
    const initial = this.#body[this.#at++] as number;
    const [major, info] = [initial >> 5, initial & 31];
    switch (major) {
      case 0:
        return this.#length(info);
      case 1:
        return -1 - this.#length(info);
      case 2:
        return this.#bytes(info);
      case 3:
        return this.#bytes(info).toString();
      case 4:
        return this.#items(info, () => this.item());
      case 5:
        return Object.fromEntries(
          this.#items(info, (): [string, Item] => [this.item() as string, this.item()]),
        );
      case 6:
        this.#length(info);
        return this.item();
      default:
        return info === 20 ? false : info === 21 ? true : null;
    }
  }

  #bytes(info: number): Buffer {
    if (info === INDEFINITE) return Buffer.concat(this.#items(info, () => this.item() as Buffer));
    const length = this.#length(info);
    this.#at += length;
    return this.#body.subarray(this.#at - length, this.#at);
  }

  #items<T>(info: number, next: () => T): T[] {
    const items: T[] = [];
    if (info !== INDEFINITE) {
      for (let left = this.#length(info); left > 0; left -= 1) items.push(next());
      return items;
    }
    while (this.#body[this.#at] !== BREAK) items.push(next());
    this.#at += 1;
    return items;
  }

  #length(info: number): number {
    if (info < 24) return info;
    const bytes = 2 ** (info - 24);
    this.#at += bytes;
    return this.#body.readUIntBE(this.#at - bytes, bytes);
  }
}

/** The start of a map or a list of so many members, as characters of one byte each. */
export function cborMap(members: number): string {
  return head(MAJOR_MAP, members);
}

export function cborList(items: number): string {
  return head(MAJOR_LIST, items);
}

export function cborText(text: string): string {
  return head(MAJOR_TEXT, text.length) + text;
}

function head(major: number, length: number): string {
  const type = major << 5;
  if (length < 24) return String.fromCharCode(type | length);
  if (length < 256) return String.fromCharCode(type | 24, length);
  return String.fromCharCode(type | 25, length >> 8, length & 0xff);
}
