import CFuse

/// What we ask of the kernel, each with its reason. Everything not named here is off.
enum KernelFlags {
  /// Largest read and write request; 256 pages is the most that the kernel makes.
  static let requestBytesMax: UInt32 = 1 << 20

  static func negotiate(
    _ connection: UnsafeMutablePointer<fuse_conn_info>, _ options: FuseOptions
  ) {
    connection.pointee.max_write = requestBytesMax
    // Has to stand here and among the mount options.
    connection.pointee.max_read = requestBytesMax
    connection.pointee.max_readahead = requestBytesMax
    connection.pointee.max_background = UInt32(clamping: options.backgroundRequestsMax)
    connection.pointee.congestion_threshold = UInt32(
      clamping: options.backgroundRequestsMax * 3 / 4)
    // Times are stored to the nanosecond.
    connection.pointee.time_gran = 1

    let wanted = wantedFlags(options).reduce(0) { $0 | UInt32($1) }
    connection.pointee.want = wanted & connection.pointee.capable
  }

  private static func wantedFlags(_ options: FuseOptions) -> [Int32] {
    var flags: [Int32] = [
      // Readahead sends several reads at a time.
      FUSE_CAP_ASYNC_READ,
      // O_DIRECT requests of one call go out in parallel.
      FUSE_CAP_ASYNC_DIO,
      // Lookups and listings of one directory do not wait for each other.
      FUSE_CAP_PARALLEL_DIROPS,
      // open(O_TRUNC) is one request; otherwise another mount could see the gap between two.
      FUSE_CAP_ATOMIC_O_TRUNC,
      // Listings bring attributes along, three times faster for `ls -l` …
      FUSE_CAP_READDIRPLUS,
      // … and the kernel stops asking for them when nobody looks at them.
      FUSE_CAP_READDIRPLUS_AUTO,
      // ACLs are checked by the kernel from the xattr that we store; sets DONT_MASK's meaning too.
      FUSE_CAP_POSIX_ACL,
      // umask yields to a directory's default ACL, so the file system applies it.
      FUSE_CAP_DONT_MASK,
      // Handles of the kernel's NFS server can be looked up again (`.` and `..`).
      FUSE_CAP_EXPORT_SUPPORT,
      // A link's target never changes, and the notifier speaks when the name does.
      FUSE_CAP_CACHE_SYMLINKS,
    ]
    if options.clusterLocks { flags += [FUSE_CAP_POSIX_LOCKS, FUSE_CAP_FLOCK_LOCKS] }
    // Left off on purpose:
    // - AUTO_INVAL_DATA: own writes change the mtime, and the kernel would throw away the pages just
    //   written. `keepCache` at open and the notifier decide instead.
    // - EXPLICIT_INVAL_DATA: a size changed by somebody else must go on to drop pages.
    // - WRITEBACK_CACHE: the kernel would own size and mtime, which other mounts change as well.
    // - HANDLE_KILLPRIV: the kernel sends the mode without set-id bits itself; nothing to forget.
    // - SPLICE_*: slower than copying (reads 1,120 instead of 2,050 MB/s).
    // - NO_OPEN_SUPPORT, NO_OPENDIR_SUPPORT: close-to-open needs the open.
    return flags
  }
}
