import SwfsCore
import SwfsObserve
import Synchronization

/// An open file.
final class FileHandle: Sendable {
  let inode: Inode
  let content: FileContent
  let flags: OpenFlags
  let pattern: ReadPattern

  init(inode: Inode, content: FileContent, flags: OpenFlags) {
    self.inode = inode
    self.content = content
    self.flags = flags
    pattern = content.core.reader.pattern()
  }
}

/// Everything that is open, by the number the kernel uses.
final class HandleTable: Sendable {
  enum Handle {
    case file(FileHandle)
    case directory(DirectoryHandle)
  }

  private struct State {
    var handles: [UInt64: Handle] = [:]
    var next: UInt64 = 1
  }

  private let state = Mutex(State())

  func insert(_ handle: Handle) -> HandleID {
    Metrics.openHandles.add(1)
    return state.withLock { state in
      let id = state.next
      state.next += 1
      state.handles[id] = handle
      return HandleID(number: id)
    }
  }

  func file(_ id: HandleID) throws(FSError) -> FileHandle {
    guard case .file(let handle)? = state.withLock({ $0.handles[id.number] }) else {
      throw FSError(.badHandle, "handle \(id.number) is not an open file")
    }
    return handle
  }

  func directory(_ id: HandleID) throws(FSError) -> DirectoryHandle {
    guard case .directory(let handle)? = state.withLock({ $0.handles[id.number] }) else {
      throw FSError(.badHandle, "handle \(id.number) is not an open directory")
    }
    return handle
  }

  func remove(_ id: HandleID) -> Handle? {
    let removed = state.withLock { $0.handles.removeValue(forKey: id.number) }
    if removed != nil { Metrics.openHandles.add(-1) }
    return removed
  }

  var count: Int { state.withLock { $0.handles.count } }
}
