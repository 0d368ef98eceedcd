import CFuse
import SwfsCore
import SwfsFS
import SwfsObserve
import Synchronization

extension OperationTable {
  static func addDirectories(_ table: inout fuse_lowlevel_ops) {
    table.opendir = { request, inode, _ in
      serve(request, .opendir, inode) { glue, context throws(FSError) in
        .openedDirectory(try glue.fileSystem.openDirectory(InodeID(number: inode), context))
      }
    }
    table.readdir = { request, inode, size, offset, info in
      serve(request, .readdir, inode) { glue, context throws(FSError) in
        try DirectoryReply(glue, request, size).fill { reply throws(FSError) in
          try glue.fileSystem.directoryEntries(
            directory(info), offset: UInt64(bitPattern: Int64(offset)), context
          ) { reply.add($0) }
        }
      }
    }
    table.readdirplus = { request, inode, size, offset, info in
      serve(request, .readdirplus, inode) { glue, context throws(FSError) in
        try DirectoryReply(glue, request, size).fill { reply throws(FSError) in
          try glue.fileSystem.directoryEntriesPlus(
            directory(info), offset: UInt64(bitPattern: Int64(offset)), context
          ) { reply.add($0, $1) }
        }
      }
    }
    table.releasedir = { request, inode, info in
      serve(request, .releasedir, inode) { glue, _ in
        glue.openHandles.wrappingSubtract(1, ordering: .relaxed)
        if let info { glue.fileSystem.releaseDirectory(HandleID(number: info.pointee.fh)) }
        return .success
      }
    }
    table.fsyncdir = { request, inode, _, info in
      serve(request, .fsyncdir, inode) { glue, context throws(FSError) in
        try glue.fileSystem.syncDirectory(directory(info), context)
        return .success
      }
    }
  }
}

private func directory(
  _ info: UnsafeMutablePointer<fuse_file_info>?
) throws(FSError) -> HandleID {
  guard let info else { throw FSError(.badHandle, "the kernel named no open directory") }
  return HandleID(number: info.pointee.fh)
}
