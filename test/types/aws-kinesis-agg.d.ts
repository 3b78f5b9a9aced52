// What the declarations of aws-kinesis-agg 4.2.8 leave out. They are merged with these.
declare module "aws-kinesis-agg" {
  export interface AggregatorRecord {
    readonly partitionKey: string;
    readonly explicitHashKey?: string;
    readonly data: Buffer;
  }

  export class RecordAggregator {
    addUserRecord(record: AggregatorRecord): void;
    /** The aggregate of what was added; `undefined` of nothing. */
    build(): EncodedRecord | undefined;
  }
}
