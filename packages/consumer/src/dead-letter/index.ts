export { deadLetterFile } from "./dead-letter-file.ts";
export {
  type DeadLetterStream,
  type DeadLetterStreamOptions,
  deadLetterStream,
} from "./dead-letter-stream.ts";
export type { DeadLetter, DeadLetterSink } from "../handling/dead-letter.ts";
