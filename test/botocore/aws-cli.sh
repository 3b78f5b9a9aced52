#!/usr/bin/env bash
# A stream's life in the AWS CLI, written as for AWS: nothing in here says where `aws` goes. Tells each step, and ends at
# the first one that does not do what it should.
set -euo pipefail

stream=orders

step() { printf '%s\n' "$*"; }

# Fails unless two texts are the same.
same() {
  [ "$1" = "$2" ] && return
  printf 'expected: %s\ninstead:  %s\n' "$2" "$1" >&2
  return 1
}

# Fails unless a command fails with an exception.
refused() {
  local exception=$1 said
  shift
  if said=$("$@" 2>&1); then
    printf 'not refused: %s\n' "$*" >&2
    return 1
  fi
  case $said in
    *"An error occurred ($exception) when calling"*) ;;
    *) same "$said" "$exception" ;;
  esac
}

encoded() { printf '%s' "$1" | base64; }

# The texts of the records of a shard from its oldest on, one a line.
texts_of() {
  local iterator
  iterator=$(aws kinesis get-shard-iterator --stream-name "$stream" --shard-id "$1" \
    --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)
  aws kinesis get-records --shard-iterator "$iterator" --query 'Records[].[Data]' --output text |
    while read -r data; do printf '%s' "$data" | base64 --decode && echo; done
}

step create
aws kinesis create-stream --stream-name "$stream" --shard-count 1
aws kinesis wait stream-exists --stream-name "$stream"
same "$(aws kinesis list-streams --query 'StreamNames[]' --output text)" "$stream"
refused ResourceInUseException aws kinesis create-stream --stream-name "$stream" --shard-count 1
arn=$(aws kinesis describe-stream-summary --stream-name "$stream" \
  --query StreamDescriptionSummary.StreamARN --output text)

step put
first=$(aws kinesis put-record --stream-name "$stream" --partition-key kłucz \
  --data "$(encoded 'größer als 1')" --query ShardId --output text)
same "$first" shardId-000000000000
same "$(aws kinesis put-records --stream-name "$stream" --query FailedRecordCount --output text \
  --records "Data=$(encoded two),PartitionKey=2" \
  "Data=$(encoded three),PartitionKey=3,ExplicitHashKey=0")" 0

step iterator, get
same "$(texts_of "$first")" "$(printf 'größer als 1\ntwo\nthree')"
refused InvalidArgumentException aws kinesis get-records --shard-iterator nonsense
since=$(aws kinesis get-shard-iterator --stream-arn "$arn" --shard-id "$first" \
  --shard-iterator-type AT_TIMESTAMP --timestamp 2020-01-01T00:00:00Z --query ShardIterator --output text)
same "$(aws kinesis get-records --shard-iterator "$since" --limit 1 \
  --query 'Records[0].PartitionKey' --output text)" kłucz

step split, merge
half=170141183460469231731687303715884105728
aws kinesis split-shard --stream-name "$stream" --shard-to-split "$first" --new-starting-hash-key "$half"
aws kinesis wait stream-exists --stream-name "$stream"
same "$(aws kinesis list-shards --stream-name "$stream" --shard-filter Type=AT_LATEST \
  --query 'Shards[].ShardId' --output text)" $'shardId-000000000001\tshardId-000000000002'
latest=$(aws kinesis get-shard-iterator --stream-name "$stream" --shard-id "$first" \
  --shard-iterator-type LATEST --query ShardIterator --output text)
same "$(aws kinesis get-records --shard-iterator "$latest" \
  --query '[NextShardIterator, ChildShards[].ParentShards[]]' --output text)" \
  "$(printf 'None\n%s\t%s' "$first" "$first")"
same "$(aws kinesis put-record --stream-name "$stream" --partition-key k --data "$(encoded four)" \
  --explicit-hash-key "$half" --query ShardId --output text)" shardId-000000000002
aws kinesis merge-shards --stream-name "$stream" --shard-to-merge shardId-000000000001 \
  --adjacent-shard-to-merge shardId-000000000002
aws kinesis wait stream-exists --stream-name "$stream"
same "$(texts_of shardId-000000000002)" four
same "$(aws kinesis update-shard-count --stream-name "$stream" --target-shard-count 2 \
  --scaling-type UNIFORM_SCALING --query '[CurrentShardCount, TargetShardCount]' --output text)" $'1\t2'
aws kinesis wait stream-exists --stream-name "$stream"
same "$(aws kinesis list-shards --stream-name "$stream" --query 'length(Shards)')" 6

step tags
aws kinesis add-tags-to-stream --stream-name "$stream" --tags env=dev,owner=me,team=blue
aws kinesis remove-tags-from-stream --stream-name "$stream" --tag-keys owner
same "$(aws kinesis list-tags-for-stream --stream-name "$stream" --query 'Tags[].[Key, Value]' --output text)" \
  "$(printf 'env\tdev\nteam\tblue')"

step consumers
consumer=$(aws kinesis register-stream-consumer --stream-arn "$arn" --consumer-name reader \
  --query Consumer.ConsumerARN --output text)
same "$(aws kinesis describe-stream-consumer --consumer-arn "$consumer" \
  --query 'ConsumerDescription.[ConsumerName, ConsumerStatus]' --output text)" $'reader\tACTIVE'
same "$(aws kinesis list-stream-consumers --stream-arn "$arn" \
  --query 'Consumers[].ConsumerARN' --output text)" "$consumer"
refused ResourceInUseException aws kinesis delete-stream --stream-name "$stream"
aws kinesis deregister-stream-consumer --consumer-arn "$consumer"
same "$(aws kinesis list-stream-consumers --stream-arn "$arn" --query 'length(Consumers)')" 0

step settings
aws kinesis increase-stream-retention-period --stream-name "$stream" --retention-period-hours 48
aws kinesis wait stream-exists --stream-name "$stream"
aws kinesis start-stream-encryption --stream-name "$stream" --encryption-type KMS --key-id alias/aws/kinesis
aws kinesis wait stream-exists --stream-name "$stream"
same "$(aws kinesis put-record --stream-name "$stream" --partition-key k --data "$(encoded five)" \
  --query EncryptionType --output text)" KMS
same "$(aws kinesis enable-enhanced-monitoring --stream-name "$stream" --shard-level-metrics ALL \
  --query 'length(DesiredShardLevelMetrics)')" 7
aws kinesis wait stream-exists --stream-name "$stream"
aws kinesis update-stream-mode --stream-arn "$arn" --stream-mode-details StreamMode=ON_DEMAND
aws kinesis wait stream-exists --stream-name "$stream"
same "$(aws kinesis describe-stream-summary --stream-name "$stream" --output text --query \
  'StreamDescriptionSummary.[RetentionPeriodHours, KeyId, StreamModeDetails.StreamMode, OpenShardCount]')" \
  $'48\talias/aws/kinesis\tON_DEMAND\t2'
same "$(aws kinesis describe-limits --query OnDemandStreamCount)" 1

step delete
aws kinesis delete-stream --stream-name "$stream"
aws kinesis wait stream-not-exists --stream-name "$stream"
refused ResourceNotFoundException aws kinesis describe-stream --stream-name "$stream"
step done
