/// How a file system is shown to the kernel.
public struct FuseOptions: Sendable {
  /// What `mount` and `df` show as the device.
  public var source = "swfs"
  /// The type behind `fuse.`.
  public var subtype = "swfs"
  /// Options for mount(2), such as `ro`, `noatime`, `suid`.
  public var kernelOptions: [String] = []
  /// Users other than the one who mounted may come in.
  public var allowOther = true
  /// The kernel checks permissions by mode and ACL.
  public var defaultPermissions = true
  /// Longest time for one call, in seconds; blocking locks may wait longer.
  public var deadlineSeconds = 120.0
  /// Threads that may serve requests at a time; made when needed.
  public var threadsMax = 512
  /// Requests of the kernel's own (readahead, writeback) on their way at a time.
  public var backgroundRequestsMax = 128
  /// Locks are asked of the file system; otherwise the kernel keeps them for this mount alone.
  public var clusterLocks = true
  public var extendedAttributes = true
  /// How far the kernel reads ahead, in bytes.
  public var readaheadBytes = 1 << 20

  /// Taken from the permissions of new entries, on top of each process's own umask.
  public var umask: UInt32 = 0

  public init() {}
}
