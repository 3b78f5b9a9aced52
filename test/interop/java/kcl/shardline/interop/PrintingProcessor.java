// Prints what the KCL hands to a record processor.
package shardline.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

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
  /** What to prepare one more checkpoint with, at the record behind that one; empty is none. */
  private final String prepare;
  private final String worker;
  private String shardId;
  private long seen = 0;

  PrintingProcessor(String worker, long checkpointAt, String prepare) {
    this.worker = worker;
    this.checkpointAt = checkpointAt;
    this.prepare = prepare;
  }

  @Override
  public void initialize(InitializationInput input) {
    shardId = input.shardId();
    var from = input.extendedSequenceNumber();
    Lines.print("start", worker, shardId, from.sequenceNumber(), from.subSequenceNumber());
    var pending = input.pendingCheckpointSequenceNumber();
    if (pending == null) return;
    var state = input.pendingCheckpointState() == null ? "" : new String(input.pendingCheckpointState(), UTF_8);
    Lines.print("pending", worker, shardId, pending.sequenceNumber(), pending.subSequenceNumber(), state);
  }

  @Override
  public void processRecords(ProcessRecordsInput input) {
    KinesisClientRecord last = null;
    for (var record : input.records()) {
      if (checkpointAt > 0 && seen >= checkpointAt) {
        if (seen == checkpointAt && !prepare.isEmpty()) prepare(input.checkpointer(), record);
        seen = Long.MAX_VALUE;
        return;
      }
      print(record);
      last = record;
      seen += 1;
      if (seen == checkpointAt) checkpoint(input.checkpointer(), record);
    }
    if (checkpointAt == 0 && last != null) checkpoint(input.checkpointer(), last);
  }

  private void print(KinesisClientRecord record) {
    var data = UTF_8.decode(record.data().duplicate());
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

  private void prepare(RecordProcessorCheckpointer checkpointer, KinesisClientRecord at) {
    try {
      checkpointer.prepareCheckpoint(at.sequenceNumber(), at.subSequenceNumber(), prepare.getBytes(UTF_8));
      Lines.print("prepared", worker, shardId, at.sequenceNumber(), at.subSequenceNumber());
    } catch (Exception error) {
      Lines.print("prepare-failed", worker, shardId, error);
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
