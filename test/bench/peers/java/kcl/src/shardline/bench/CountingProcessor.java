// Hands on what it is handed, and checkpoints as often as a lease is renewed.
package shardline.bench;

import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;

final class CountingProcessor implements ShardRecordProcessor {
  /** At the default failover time of ten seconds, as ours does it. */
  private static final long CHECKPOINT_EVERY_NS = 3_308_000_000L;

  private final String application;
  private final Tally tally;
  private String shardId;
  private long checkpointedAtNs = System.nanoTime();

  CountingProcessor(String application, Tally tally) {
    this.application = application;
    this.tally = tally;
  }

  @Override
  public void initialize(InitializationInput input) {
    shardId = input.shardId();
    Tally.say("taken", Tally.nowMs(), application, shardId);
  }

  @Override
  public void processRecords(ProcessRecordsInput input) {
    if (input.records().isEmpty()) return;
    tally.handle(application, shardId, input.records());
    if (System.nanoTime() - checkpointedAtNs < CHECKPOINT_EVERY_NS) return;
    checkpoint(input.checkpointer());
    checkpointedAtNs = System.nanoTime();
  }

  @Override
  public void leaseLost(LeaseLostInput input) {
    Tally.say("gone", Tally.nowMs(), application, shardId);
  }

  @Override
  public void shardEnded(ShardEndedInput input) {
    checkpoint(input.checkpointer());
    Tally.say("gone", Tally.nowMs(), application, shardId);
  }

  @Override
  public void shutdownRequested(ShutdownRequestedInput input) {
    checkpoint(input.checkpointer());
    Tally.say("gone", Tally.nowMs(), application, shardId);
  }

  /** What fails is told, and tried again with the next one. */
  private static void checkpoint(RecordProcessorCheckpointer checkpointer) {
    try {
      checkpointer.checkpoint();
    } catch (Exception error) {
      System.err.println(error);
    }
  }
}
