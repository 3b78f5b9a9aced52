// The contract of lease tables over those that need nothing but this process.
import { describeLeaseTable } from "./lease-table-contract.ts";
import { openDynamoDb, openMemory } from "./tables.ts";

describeLeaseTable("MemoryLeaseTable", openMemory);
describeLeaseTable("DynamoDbLeaseTable", openDynamoDb);
