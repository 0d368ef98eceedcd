import CFuse
import Glibc
import SwfsCore
import SwfsFS

/// Packs rows into one `readdir` or `readdirplus` reply. A row that does not fit is not accepted, so
/// the file system takes references for exactly the rows that the kernel will see.
final class DirectoryReply {
  private let request: fuse_req_t?
  private let glue: Glue
  private let size: Int
  private var buffer: PooledBuffer?
  private var used = 0
  private var references: [InodeID] = []

  init(_ glue: Glue, _ request: fuse_req_t?, _ size: Int) {
    self.glue = glue
    self.request = request
    self.size = size
  }

  /// Runs the listing. An error behind the first rows is left for the next call: the rows (and their
  /// references) go out, and whoever asks on from there meets the error.
  func fill(_ list: (DirectoryReply) throws(FSError) -> Void) throws(FSError) -> Reply {
    guard let buffer = glue.buffers.take(size) else {
      throw FSError(.outOfMemory, "no memory for \(size) bytes of directory entries")
    }
    self.buffer = buffer
    do {
      try list(self)
    } catch  where used == 0 {
      buffer.giveBack()
      throw error
    } catch {}
    return .rows(buffer, count: used, references: references)
  }

  func add(_ row: DirectoryEntry) -> Bool {
    var status = stat()
    status.st_ino = UInt(truncatingIfNeeded: row.inode.number)
    status.st_mode = row.kind.formatBits
    return append(row) { start, room, name in
      fuse_add_direntry(request, start, room, name, &status, Int(bitPattern: UInt(row.nextOffset)))
    }
  }

  func add(_ row: DirectoryEntry, _ found: FoundInode?) -> Bool {
    var entry: fuse_entry_param
    if let found {
      entry = glue.parameters(found)
    } else {
      // Inode 0: the kernel takes name, number and kind, and no reference.
      entry = fuse_entry_param()
      entry.attr.st_ino = UInt(truncatingIfNeeded: row.inode.number)
      entry.attr.st_mode = row.kind.formatBits
    }
    let accepted = append(row) { start, room, name in
      fuse_add_direntry_plus(
        request, start, room, name, &entry, Int(bitPattern: UInt(row.nextOffset)))
    }
    if accepted, let found { references.append(found.inode) }
    return accepted
  }

  /// libfuse returns the bytes needed and writes nothing when they exceed the room.
  private func append(
    _ row: DirectoryEntry,
    _ write: (UnsafeMutablePointer<CChar>?, Int, UnsafePointer<CChar>) -> Int
  ) -> Bool {
    guard let buffer else { return false }
    let room = size - used
    let start = buffer.bytes.baseAddress?.advanced(by: used).assumingMemoryBound(to: CChar.self)
    let needed = row.name.string.withCString { write(start, room, $0) }
    guard needed <= room else { return false }
    used += needed
    return true
  }
}
