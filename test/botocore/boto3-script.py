# A stream's life in boto3. Where it goes is the one thing that it is told: nothing else in here is not as for AWS.
import os
from datetime import datetime, timezone

import boto3
from botocore.config import Config

STREAM = "orders"
RECORDS = [
    {"PartitionKey": f"ключ-{i}", "Data": bytes([i % 256, 0, 255]) * (i % 7)} for i in range(500)
]

kinesis = boto3.client(
    "kinesis",
    endpoint_url=os.environ["KINESIS_ENDPOINT"],
    config=Config(retries={"total_max_attempts": 1}),
)


def refused(exception, call, **members):
    try:
        call(**members)
    except exception:
        return
    raise AssertionError(f"not refused: {members}")


def wait():
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM)


def shards(**members):
    """Page by page. The paginator of boto3 names the stream beside the token, which the service refuses."""
    page = kinesis.list_shards(StreamName=STREAM, MaxResults=2, **members)
    listed = page["Shards"]
    while "NextToken" in page:
        page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=2)
        listed += page["Shards"]
    return listed


def records_of(shard_id):
    """Of a shard that is closed or at rest, in their order."""
    iterator = kinesis.get_shard_iterator(
        StreamName=STREAM, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = []
    while iterator is not None:
        page = kinesis.get_records(ShardIterator=iterator, Limit=100)
        assert ("ChildShards" in page) != ("NextShardIterator" in page), page
        records += page["Records"]
        iterator = page.get("NextShardIterator")
        if page["MillisBehindLatest"] == 0 and not page["Records"]:
            break
    return records


print("create", flush=True)
kinesis.create_stream(StreamName=STREAM, ShardCount=2)
wait()
refused(kinesis.exceptions.ResourceInUseException, kinesis.create_stream, StreamName=STREAM, ShardCount=1)
summary = kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]
arn = summary["StreamARN"]
age = datetime.now(timezone.utc) - summary["StreamCreationTimestamp"]
assert -5 < age.total_seconds() < 60, age

print("put", flush=True)
answer = kinesis.put_records(StreamName=STREAM, Records=RECORDS)
assert answer["FailedRecordCount"] == 0, answer
assert [len(entry["SequenceNumber"]) for entry in answer["Records"]] == [56] * 500
refused(kinesis.exceptions.InvalidArgumentException, kinesis.get_records, ShardIterator="nonsense")
refused(
    kinesis.exceptions.ResourceNotFoundException,
    kinesis.put_record,
    StreamName="none",
    PartitionKey="k",
    Data=b"",
)

print("split", flush=True)
first = shards()[0]
middle = (int(first["HashKeyRange"]["StartingHashKey"]) + int(first["HashKeyRange"]["EndingHashKey"])) // 2
kinesis.split_shard(StreamName=STREAM, ShardToSplit=first["ShardId"], NewStartingHashKey=str(middle))
wait()
assert len(shards()) == 4
assert len(shards(ShardFilter={"Type": "AT_LATEST"})) == 3

print("get", flush=True)
stored = {record["PartitionKey"]: record["Data"] for shard in shards() for record in records_of(shard["ShardId"])}
assert stored == {record["PartitionKey"]: record["Data"] for record in RECORDS}

print("tags", flush=True)
kinesis.add_tags_to_stream(StreamName=STREAM, Tags={"ключ": "größe", "b": ""})
listed = kinesis.list_tags_for_stream(StreamName=STREAM)["Tags"]
assert listed == [{"Key": "b", "Value": ""}, {"Key": "ключ", "Value": "größe"}], listed

print("consumers", flush=True)
consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]
while True:
    described = kinesis.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])["ConsumerDescription"]
    if described["ConsumerStatus"] == "ACTIVE":
        break
subscription = kinesis.subscribe_to_shard(
    ConsumerARN=consumer["ConsumerARN"],
    ShardId=first["ShardId"],
    StartingPosition={"Type": "TRIM_HORIZON"},
)
pushed = []
# The shard is closed, so that the stream of events ends by itself.
for event in subscription["EventStream"]:
    pushed += event["SubscribeToShardEvent"]["Records"]
    last = event["SubscribeToShardEvent"]
polled = records_of(first["ShardId"])
assert len(polled) > 0
assert [record["SequenceNumber"] for record in pushed] == [record["SequenceNumber"] for record in polled]
assert [record["Data"] for record in pushed] == [record["Data"] for record in polled]
assert len(last["ChildShards"]) == 2, last
kinesis.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])

print("settings", flush=True)
kinesis.start_stream_encryption(StreamName=STREAM, EncryptionType="KMS", KeyId="alias/aws/kinesis")
wait()
put = kinesis.put_record(StreamName=STREAM, PartitionKey="k", Data=b"secret")
assert put["EncryptionType"] == "KMS", put
assert [record.get("EncryptionType") for record in records_of(put["ShardId"])][-1] == "KMS"
changed = kinesis.disable_enhanced_monitoring(StreamName=STREAM, ShardLevelMetrics=["ALL"])
assert changed["DesiredShardLevelMetrics"] == [], changed

print("delete", flush=True)
kinesis.delete_stream(StreamName=STREAM, EnforceConsumerDeletion=True)
kinesis.get_waiter("stream_not_exists").wait(StreamName=STREAM)
assert kinesis.list_streams()["StreamNames"] == []
print("done", flush=True)
