// What only this version of the KCL has: nothing that the programs are told.
package shardline.interop;

import shardline.Flags;
import software.amazon.kinesis.coordinator.CoordinatorConfig;
import software.amazon.kinesis.leases.LeaseManagementConfig;

final class KclVersion {
  static CoordinatorConfig coordinator(Flags flags, CoordinatorConfig config) {
    if (!flags.text("client-version-config", "").isEmpty())
      throw new IllegalArgumentException("--client-version-config is for a KCL 3.x");
    return config;
  }

  static LeaseManagementConfig leases(Flags flags, LeaseManagementConfig config) {
    return config;
  }
}
