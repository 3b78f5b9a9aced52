// The table in the emulator's DynamoDB against that in memory.
import { testAgreement } from "./agreement.ts";
import { openDynamoDb } from "./tables.ts";

testAgreement(openDynamoDb);
