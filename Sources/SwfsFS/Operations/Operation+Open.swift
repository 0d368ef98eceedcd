public import SwfsCore
import SwfsObserve
import Synchronization

extension ClusterFileSystem {
  public func open(
    _ inode: InodeID, flags: OpenFlags, _ context: OperationContext
  ) throws(FSError) -> OpenedFile {
    if flags.contains(.write) || flags.contains(.truncate) { try refuseIfReadOnly() }
    let inode = try core.inode(inode)
    let content = try core.attach(inode, context)
    do throws(FSError) {
      if flags.contains(.truncate) { try content.truncate(to: 0, context) }
      let keepCache = try agreePages(inode, content)
      try correctKernelSize(inode, content)
      let handle = handles.insert(
        .file(FileHandle(inode: inode, content: content, flags: flags)))
      return OpenedFile(
        handle: handle, keepCache: keepCache, directIO: flags.contains(.direct))
    } catch {
      core.detach(inode)
      throw error
    }
  }

  /// Whether the kernel's pages are of the content just read; remembers what they will be of.
  private func agreePages(_ inode: Inode, _ content: FileContent) throws(FSError) -> Bool {
    let (fingerprint, isDirty) = try content.state.withLock { (state) throws(FSError) in
      (try state.base.fileAttributes().contentFingerprint, state.isDirty)
    }
    return inode.state.withLock { state in
      // Dirty here: everything others wrote is not merged yet, and pages have what was written.
      if isDirty { return state.pageFingerprint != nil }
      defer { state.pageFingerprint = fingerprint }
      return state.pageFingerprint == fingerprint
    }
  }

  /// The kernel believes a size for as long as it was told; news of a change by somebody else may still
  /// be on its way when `open` has the new row already.
  private func correctKernelSize(_ inode: Inode, _ content: FileContent) throws(FSError) {
    let fingerprint = try content.state.withLock { (state) throws(FSError) -> UInt64? in
      state.isDirty ? nil : try state.base.fileAttributes().contentFingerprint
    }
    let isRight = inode.state.withLock { state in
      defer { state.toldFingerprint = fingerprint }
      return fingerprint != nil && state.toldFingerprint == fingerprint
    }
    if !isRight { core.notifier?.invalidateAttributesNow(inode.id) }
  }

  public func read(
    _ handle: HandleID, offset: Int64, into buffer: UnsafeMutableRawBufferPointer,
    _ context: OperationContext
  ) throws(FSError) -> Int {
    let file = try handles.file(handle)
    return try file.content.read(
      offset: offset, into: buffer, pattern: file.pattern, context)
  }

  public func write(
    _ handle: HandleID, offset: Int64, _ bytes: UnsafeRawBufferPointer,
    _ context: OperationContext
  ) throws(FSError) -> Int {
    let file = try handles.file(handle)
    if context.caller.uid != 0 { try dropSetID(file, context) }
    let isAppend = file.flags.contains(.append)
    let before = isAppend ? file.content.state.withLock { $0.size } : 0
    let count = try file.content.write(
      offset: offset, bytes, isAppend: isAppend, context)
    if isAppend, before != UInt64(clamping: offset) {
      // The kernel put these bytes where it thought the end was; its pages are wrong.
      core.notifier?.invalidate(file.inode.id, dropData: true)
    }
    if file.flags.contains(.sync) { try file.content.flush(context) }
    return count
  }

  /// A write by somebody without privileges takes set-id bits away (POSIX, `write(2)`).
  private func dropSetID(_ file: FileHandle, _ context: OperationContext) throws(FSError) {
    let isSet = file.content.state.withLock { state in
      (state.delta.permissions ?? state.base.attributes.mode.permissions) & 0o6000 != 0
    }
    guard isSet else { return }
    file.content.state.update { state in
      let bits = state.delta.permissions ?? state.base.attributes.mode.permissions
      state.delta.permissions = bits.droppingSetID
    }
    core.notifier?.invalidate(file.inode.id, dropData: false)
  }

  public func flush(
    _ handle: HandleID, lockOwner: UInt64?, _ context: OperationContext
  ) throws(FSError) {
    let file = try handles.file(handle)
    if let lockOwner { releaseLocks(file, owner: lockOwner, isFlock: false) }
    if file.flags.contains(.write) { try file.content.flush(context) }
  }

  public func sync(
    _ handle: HandleID, dataOnly: Bool, _ context: OperationContext
  ) throws(FSError) {
    try handles.file(handle).content.flush(context)
  }

  public func release(_ handle: HandleID, flockOwner: UInt64?) {
    guard case .file(let file)? = handles.remove(handle) else { return }
    file.pattern.close()
    if let flockOwner { releaseLocks(file, owner: flockOwner, isFlock: true) }
    core.detach(file.inode)
  }

  public func allocate(
    _ handle: HandleID, mode: Int32, offset: Int64, length: Int64, _ context: OperationContext
  ) throws(FSError) {
    let file = try handles.file(handle)
    guard offset >= 0, length > 0 else { throw FSError(.invalidArgument, "empty range") }
    let (end, overflow) = offset.addingReportingOverflow(length)
    guard !overflow else { throw FSError(.fileTooLarge, "range beyond the largest offset") }
    let keepSize = mode & AllocateMode.keepSize != 0
    switch mode & ~AllocateMode.keepSize {
    case 0:
      // Volume servers have no reservation to give: this makes the size, not the space.
      if !keepSize { try file.content.extend(to: end, context) }
    case AllocateMode.punchHole where keepSize:
      try file.content.zero(offset..<end, context)
    case AllocateMode.zeroRange:
      if !keepSize { try file.content.extend(to: end, context) }
      try file.content.zero(offset..<end, context)
    default:
      throw FSError(.unsupported, "fallocate mode \(mode)")
    }
  }

  public func seek(
    _ handle: HandleID, offset: Int64, whence: Int32, _ context: OperationContext
  ) throws(FSError) -> Int64 {
    let file = try handles.file(handle)
    switch whence {
    case 3: return try file.content.seek(offset: offset, whence: .data, context)
    case 4: return try file.content.seek(offset: offset, whence: .hole, context)
    default: throw FSError(.invalidArgument, "whence \(whence)")
    }
  }

  public func copyRange(
    from source: HandleID, offset: Int64, to target: HandleID, targetOffset: Int64, length: Int64,
    _ context: OperationContext
  ) throws(FSError) -> Int64 {
    let from = try handles.file(source)
    let to = try handles.file(target)
    guard offset >= 0, targetOffset >= 0, length >= 0 else {
      throw FSError(.invalidArgument, "negative offset or length")
    }
    // The bytes pass through this process, not through the application. A needle cannot be shared by
    // two files: freeing one would take the other's bytes.
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { piece.deallocate() }
    var copied: Int64 = 0
    while copied < length {
      let wanted = min(Int(length - copied), piece.count)
      let count = try from.content.read(
        offset: offset + copied,
        into: UnsafeMutableRawBufferPointer(rebasing: piece.prefix(wanted)),
        pattern: from.pattern, context)
      if count == 0 { break }
      _ = try to.content.write(
        offset: targetOffset + copied,
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece).prefix(count)),
        isAppend: false, context)
      copied += Int64(count)
    }
    if copied > 0 { core.notifier?.invalidate(to.inode.id, dropData: true) }
    return copied
  }
}

/// `FALLOC_FL_*` of linux/falloc.h.
enum AllocateMode {
  static let keepSize: Int32 = 0x01
  static let punchHole: Int32 = 0x02
  static let zeroRange: Int32 = 0x10
}
