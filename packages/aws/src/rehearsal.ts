// A PutRecords that stores nothing. The service's DryRun makes the call go through all checks and then fail with a
// DryRunOperationException; a server that does not know the flag would store the records. So only AWS's own hosts are
// asked.
import { PutRecordsCommand, type PutRecordsCommandInput } from "@aws-sdk/client-kinesis";
import { apiFailureOf } from "@shardline/core";

const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn)$/;
const REHEARSED = "DryRunOperationException";

/** A class of its own, because the SDK may keep the middleware of a command's class for its later calls. */
class RehearseCommand extends PutRecordsCommand {}

/** The command of a rehearsal; refuses to be sent to anybody but AWS. */
export function rehearseCommand(input: PutRecordsCommandInput): PutRecordsCommand {
  const command = new RehearseCommand({ ...input, DryRun: true });
  command.middlewareStack.add(
    (next) => (args) => {
      requireAwsHost((args.request as { readonly hostname?: string }).hostname ?? "");
      return next(args);
    },
    { name: "requireAwsHost", step: "build" },
  );
  return command;
}

/** Resolves if a rehearsal went well, which it tells by failing. */
export async function untilRehearsed(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (apiFailureOf(error)?.awsName !== REHEARSED) throw error;
  }
}

/** How a rehearsal fails where it was not made; the caller learns nothing about permissions. */
function requireAwsHost(host: string): void {
  if (AWS_HOST.test(host)) return;
  throw Object.assign(new Error(`${host} is not AWS's, and may store what is only to be checked`), {
    name: "InvalidArgumentException",
  });
}
