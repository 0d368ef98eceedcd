import SwfsCore
import SwfsFS

/// The connected file system, and what has to be started and stopped around it.
struct MountParts: Sendable {
  let fileSystem: any FileSystem
  /// Background work begins; the kernel is told of changes through the notifier.
  let start: @Sendable (any KernelNotifier) -> Void
  /// Everything ends; written data has been flushed before.
  let stop: @Sendable () -> Void
  /// Sets the gauges that are not kept up to date by themselves.
  let refreshGauges: @Sendable () -> Void
}
