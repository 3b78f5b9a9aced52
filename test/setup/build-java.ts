// Builds the programs under java/, and tells which versions of Amazon's libraries take part.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";

const JAVA = resolve(import.meta.dirname, "../interop/java");
const LIBRARIES = /^(?:amazon-kinesis-(?:client|producer)|DynamoDBLocal|kinesis)-\d/;

export default function buildJava(): void {
  const options = { cwd: JAVA, stdio: "inherit" } as const;
  try {
    execFileSync(
      "mvn",
      ["--quiet", "--batch-mode", "--no-transfer-progress", "process-classes"],
      options,
    );
    execFileSync("java", ["--version"], options);
  } catch (cause) {
    throw new Error("the tests with Amazon's libraries need a JDK of 17 or later, and Maven", {
      cause,
    });
  }
  const jars = readdirSync(resolve(JAVA, "target/lib")).filter((name) => LIBRARIES.test(name));
  process.stdout.write(`with ${jars.map((name) => name.replace(/\.jar$/, "")).join(", ")}\n`);
}
