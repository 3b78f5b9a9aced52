// Sees to it that the AWS CLI and boto3 are there, and tells which.
import { installPackages } from "../botocore/debian.ts";

export default function installBotocore(): void {
  process.stdout.write(`with ${installPackages()}\n`);
}
