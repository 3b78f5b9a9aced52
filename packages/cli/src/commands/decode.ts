// shardline decode: what the data of a Kinesis record holds, or why it is not an aggregate.
import { addAbortSignal, type Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Command } from "../command.ts";
import { readBlobs } from "../decode/blobs.ts";
import { describeBlob } from "../decode/description.ts";
import { readChoice } from "../read-option.ts";

export const decode: Command = {
  name: "decode",
  summary: "Show what aggregated data on standard input holds, or why it is not aggregated",
  words: [],
  options: {
    input: {
      value: "auto|raw|base64|hex",
      help: "how the data is written; auto finds out",
    },
    data: {
      value: "text|base64|hex",
      help: "how to show the data of the records; text where it is UTF-8, else base64",
    },
    json: { help: "one JSON object a line for each Kinesis record" },
  },
  notes:
    "Each word of base64 or hex is the data of one Kinesis record, unless only all of them together are an aggregate.\n" +
    "The exit code is 1 if anything is not an aggregate.",

  async run(given, { signal, stdin, stdout }) {
    const input = readChoice(given, "input", ["auto", "raw", "base64", "hex"]);
    const form = readChoice(given, "data", ["text", "base64", "hex"]);
    const blobs = readBlobs(await buffer(addAbortSignal(signal, stdin as Readable)), input);
    if (blobs.length === 0) throw new Error("nothing came on standard input");
    const found = blobs.map((blob, i) => describeBlob(blob, i + 1, form));
    const isJson = given.switches.has("json");
    for (const { json, lines } of found) stdout.write(`${isJson ? json : lines.join("\n")}\n`);
    return found.every(({ isAggregate }) => isAggregate) ? 0 : 1;
  },
};
