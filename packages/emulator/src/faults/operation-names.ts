// The operations of both services, so that a rule for a misspelt one is refused. Those of Kinesis are all in the
// service's model, whether or not the emulator knows them.
import type { FaultService } from "./fault-rule.ts";

const KINESIS = `
  AddTagsToStream CreateChannel CreateStream DecreaseStreamRetentionPeriod DeleteChannel DeleteResourcePolicy
  DeleteStream DeregisterStreamConsumer DescribeAccountSettings DescribeChannel DescribeLimits DescribeStream
  DescribeStreamConsumer DescribeStreamSummary DisableEnhancedMonitoring EnableEnhancedMonitoring GetRecords
  GetResourcePolicy GetShardIterator IncreaseStreamRetentionPeriod ListChannels ListShards ListStreamConsumers
  ListStreams ListTagsForResource ListTagsForStream MergeShards PutRecord PutRecords PutResourcePolicy
  RegisterStreamConsumer RemoveTagsFromStream SplitShard StartStreamEncryption StopStreamEncryption SubscribeToShard
  TagResource UntagResource UpdateAccountSettings UpdateChannel UpdateMaxRecordSize UpdateShardCount
  UpdateStreamMode UpdateStreamRecordDistributionStrategy UpdateStreamWarmThroughput`;

const DYNAMODB = `
  BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeContinuousBackups DescribeTable
  DescribeTimeToLive GetItem ListTables ListTagsOfResource PutItem Query Scan TagResource TransactGetItems
  TransactWriteItems UntagResource UpdateContinuousBackups UpdateItem UpdateTable UpdateTimeToLive`;

/** Names of operations, by service. */
export const OPERATION_NAMES: Readonly<Record<FaultService, readonly string[]>> = {
  kinesis: KINESIS.trim().split(/\s+/),
  dynamodb: DYNAMODB.trim().split(/\s+/),
};
