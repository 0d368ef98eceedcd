import SwfsCore
import Synchronization

/// Files with something to store, for the write-back thread, `sync` and unmounting.
final class DirtyRegistry: Sendable {
  private let files = Mutex<[InodeID: FileContent]>([:])

  func insert(_ content: FileContent) { files.withLock { $0[content.inode.id] = content } }

  func remove(_ content: FileContent) {
    files.withLock { files in
      if files[content.inode.id] === content { files[content.inode.id] = nil }
    }
  }

  var all: [FileContent] { files.withLock { Array($0.values) } }
  var count: Int { files.withLock { $0.count } }
}
