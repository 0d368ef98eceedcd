import SwfsCore

/// The operations the kernel asks for, with a latency histogram each.
public enum Operation: Int, Sendable, CaseIterable {
  case lookup, getattr, setattr, readlink, mknod, mkdir, unlink, rmdir, symlink, rename, link
  case open, read, write, flush, release, fsync, opendir, readdir, readdirplus, releasedir, fsyncdir
  case statfs, setxattr, getxattr, listxattr, removexattr, access, create, getlk, setlk, flock
  case fallocate, lseek, copyFileRange
}

public enum OperationMetrics {
  static let histograms: [Histogram] = Operation.allCases.map {
    Histogram(
      "swfs_operation_seconds", labels: "operation=\"\($0)\"",
      help: "Time to answer the kernel, by operation.")
  }

  public static func record(_ operation: Operation, startedAt nanoseconds: UInt64) {
    let now = Deadline.now
    histograms[operation.rawValue].record(nanoseconds: now >= nanoseconds ? now - nanoseconds : 0)
  }
}
