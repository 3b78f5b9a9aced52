// Builds the programs under java/, and tells which versions of Amazon's libraries take part.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";

const JAVA = resolve(import.meta.dirname, "../interop/java");
const JARS = resolve(JAVA, "target/lib");
const LIBRARIES = ["DynamoDBLocal", "amazon-kinesis-client", "amazon-kinesis-producer", "kinesis"];

export default function buildJava(): void {
  const options = { cwd: JAVA, stdio: "inherit" } as const;
  // Maven adds to what is there: after a change of the versions both would be on the class path.
  rmSync(JARS, { recursive: true, force: true });
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
  process.stdout.write(`with ${versions().join(", ")}\n`);
}

/** Of each library the name with its version; throws unless there is exactly one. */
function versions(): readonly string[] {
  const jars = readdirSync(JARS);
  return LIBRARIES.map((library) => {
    const found = jars.filter((jar) => new RegExp(`^${library}-\\d.*\\.jar$`).test(jar));
    if (found.length !== 1) throw new Error(`instead of one ${library}: ${found.join() || "none"}`);
    return (found[0] as string).replace(/\.jar$/, "");
  });
}
