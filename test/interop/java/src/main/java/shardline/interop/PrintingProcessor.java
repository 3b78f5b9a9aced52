// Prints what the KCL hands to a record processor.
package shardline.interop;

import java.nio.charset.StandardCharsets;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

final class PrintingProcessor implements ShardRecordProcessor {
  /** The number of the record to checkpoint at, and to stop printing after; 0 is after every batch. */
  private final long checkpointAt;
  private final String worker;
  private String shardId;
  private long seen = 0;

  PrintingProcessor(String worker, long checkpointAt) {
    this.worker = worker;
    this.checkpointAt = checkpointAt;
  }

  @Override
  public void initialize(InitializationInput input) {
    shardId = input.shardId();
    var from = input.extendedSequenceNumber();
    Lines.print("start", worker, shardId, from.sequenceNumber(), from.subSequenceNumber());
  }

  @Override
  public void processRecords(ProcessRecordsInput input) {
    KinesisClientRecord last = null;
    for (var record : input.records()) {
      if (checkpointAt > 0 && seen >= checkpointAt) return;
      print(record);
      last = record;
      seen += 1;
      if (seen == checkpointAt) checkpoint(input.checkpointer(), record);
    }
    if (checkpointAt == 0 && last != null) checkpoint(input.checkpointer(), last);
  }

  private void print(KinesisClientRecord record) {
    var data = StandardCharsets.UTF_8.decode(record.data().duplicate());
    Lines.print(
        "record", worker, shardId, record.sequenceNumber(), record.subSequenceNumber(), record.aggregated(),
        record.partitionKey(), record.explicitHashKey() == null ? "" : record.explicitHashKey(), data);
  }

  private void checkpoint(RecordProcessorCheckpointer checkpointer, KinesisClientRecord at) {
    try {
      checkpointer.checkpoint(at.sequenceNumber(), at.subSequenceNumber());
      Lines.print("checkpoint", worker, shardId, at.sequenceNumber(), at.subSequenceNumber());
    } catch (Exception error) {
      Lines.print("checkpoint-failed", worker, shardId, error);
    }
  }

  @Override
  public void leaseLost(LeaseLostInput input) {
    Lines.print("lost", worker, shardId);
  }

  @Override
  public void shardEnded(ShardEndedInput input) {
    try {
      input.checkpointer().checkpoint();
      Lines.print("ended", worker, shardId);
    } catch (Exception error) {
      Lines.print("end-failed", worker, shardId, error);
    }
  }

  @Override
  public void shutdownRequested(ShutdownRequestedInput input) {
    Lines.print("shutdown", worker, shardId);
  }
}
