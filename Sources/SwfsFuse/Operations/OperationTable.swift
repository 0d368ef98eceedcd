import CFuse

/// Every request libfuse can pass on, by group. Left out on purpose: `ioctl`, `bmap` and `poll` (the
/// kernel's defaults are right for regular files), `write_buf` (splice is off, see `KernelFlags`).
enum OperationTable {
  static func make(_ options: FuseOptions) -> fuse_lowlevel_ops {
    var table = fuse_lowlevel_ops()
    table.`init` = { data, connection in
      guard let data, let connection else { return }
      let glue = Unmanaged<Glue>.fromOpaque(data).takeUnretainedValue()
      KernelFlags.negotiate(connection, glue.options)
    }
    addNames(&table)
    addAttributes(&table)
    addDirectories(&table)
    addFiles(&table)
    addWholeFileSystem(&table)
    // Without an implementation the kernel remembers ENOSYS and asks no more: that is what "no
    // extended attributes" is for, one question less per write.
    if options.extendedAttributes { addExtendedAttributes(&table) }
    // Without these the kernel keeps locks itself.
    if options.clusterLocks { addLocks(&table) }
    return table
  }
}
