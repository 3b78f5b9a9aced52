// What only this version of the KCL has: --client-version-config, by the name of the constant, 3.x without it; and
// --leader-lock-ms, how long its leader's lock holds without a sign of life.
package shardline.interop;

import shardline.Flags;
import software.amazon.kinesis.coordinator.CoordinatorConfig;
import software.amazon.kinesis.coordinator.CoordinatorConfig.ClientVersionConfig;
import software.amazon.kinesis.leases.LeaseManagementConfig;

final class KclVersion {
  static CoordinatorConfig coordinator(Flags flags, CoordinatorConfig config) {
    var version = flags.text("client-version-config", ClientVersionConfig.CLIENT_VERSION_CONFIG_3X.name());
    return config.clientVersionConfig(ClientVersionConfig.valueOf(version));
  }

  /** Its measuring of the processor asks for EC2's metadata. */
  static LeaseManagementConfig leases(Flags flags, LeaseManagementConfig config) {
    config.workerUtilizationAwareAssignmentConfig().disableWorkerMetrics(true);
    var lockMs = flags.number("leader-lock-ms", config.dynamoDbLockBasedLeaderLeaseDurationInMillis());
    return config
        .dynamoDbLockBasedLeaderLeaseDurationInMillis(lockMs)
        .dynamoDbLockBasedLeaderHeartbeatPeriodInMillis(lockMs / 4);
  }
}
