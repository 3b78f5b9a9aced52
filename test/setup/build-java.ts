// Builds the programs under java/, and tells which versions of Amazon's libraries take part.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";

const JAVA = resolve(import.meta.dirname, "../interop/java");
/** What is in each module under java/: one jar of each name. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  "dynamodb-local": ["DynamoDBLocal"],
  "kcl-2.7": ["amazon-kinesis-client", "kinesis"],
  "kcl-3.5": ["amazon-kinesis-client", "kinesis"],
  kpl: ["amazon-kinesis-producer"],
};

export default function buildJava(): void {
  const options = { cwd: JAVA, stdio: "inherit" } as const;
  // Maven adds to what is there: after a change of the versions both would be on the class path.
  for (const module of Object.keys(LIBRARIES)) {
    rmSync(jarsOf(module), { recursive: true, force: true });
  }
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
  const versions = Object.entries(LIBRARIES).map(([module, libraries]) => {
    return versionsIn(module, libraries).join(" with ");
  });
  process.stdout.write(`with ${versions.join(", ")}\n`);
}

function jarsOf(module: string): string {
  return resolve(JAVA, module, "target/lib");
}

/** Of each library the name with its version; throws unless there is exactly one. */
function versionsIn(module: string, libraries: readonly string[]): readonly string[] {
  const jars = readdirSync(jarsOf(module));
  return libraries.map((library) => {
    const found = jars.filter((jar) => new RegExp(`^${library}-\\d.*\\.jar$`).test(jar));
    if (found.length !== 1) throw new Error(`instead of one ${library}: ${found.join() || "none"}`);
    return (found[0] as string).replace(/\.jar$/, "");
  });
}
