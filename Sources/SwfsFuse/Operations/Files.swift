import CFuse
import SwfsCore
import SwfsFS
import SwfsObserve
import Synchronization

extension OperationTable {
  /// Open files: their bytes, and what is done to them through a handle.
  static func addFiles(_ table: inout fuse_lowlevel_ops) {
    table.create = { request, parent, name, mode, info in
      let flags = info?.pointee.flags ?? 0
      serve(request, .create, parent, flags: flags) { glue, context throws(FSError) in
        let (found, opened) = try glue.fileSystem.create(
          InodeID(number: parent), KernelText.name(name), permissions: UInt16(mode & 0o7777),
          flags: OpenFlags(kernel: flags), context)
        return .created(found, opened)
      }
    }
    table.open = { request, inode, info in
      let flags = info?.pointee.flags ?? 0
      serve(request, .open, inode, flags: flags) { glue, context throws(FSError) in
        .opened(
          try glue.fileSystem.open(
            InodeID(number: inode), flags: OpenFlags(kernel: flags), context))
      }
    }
    table.read = { request, inode, size, offset, info in
      serve(request, .read, inode) { glue, context throws(FSError) in
        let handle = try openFile(info)
        guard let buffer = glue.buffers.take(size) else {
          throw FSError(.outOfMemory, "no memory for a read of \(size) bytes")
        }
        do throws(FSError) {
          let count = try glue.fileSystem.read(
            handle, offset: Int64(offset), into: buffer.bytes, context)
          return .bytes(buffer, count: min(count, size))
        } catch {
          buffer.giveBack()
          throw error
        }
      }
    }
    table.write = { request, inode, bytes, size, offset, info in
      serve(request, .write, inode) { glue, context throws(FSError) in
        .written(
          try glue.fileSystem.write(
            openFile(info), offset: Int64(offset),
            UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : size), context))
      }
    }
    table.flush = { request, inode, info in
      serve(request, .flush, inode) { glue, context throws(FSError) in
        try glue.fileSystem.flush(openFile(info), lockOwner: info?.pointee.lock_owner, context)
        return .success
      }
    }
    table.release = { request, inode, info in
      serve(request, .release, inode) { glue, _ in
        glue.openHandles.wrappingSubtract(1, ordering: .relaxed)
        if let info {
          let owner = info.pointee.flock_release != 0 ? info.pointee.lock_owner : nil
          glue.fileSystem.release(HandleID(number: info.pointee.fh), flockOwner: owner)
        }
        return .success
      }
    }
    table.fsync = { request, inode, dataOnly, info in
      serve(request, .fsync, inode) { glue, context throws(FSError) in
        try glue.fileSystem.sync(openFile(info), dataOnly: dataOnly != 0, context)
        return .success
      }
    }
    table.fallocate = { request, inode, mode, offset, length, info in
      serve(request, .fallocate, inode) { glue, context throws(FSError) in
        try glue.fileSystem.allocate(
          openFile(info), mode: mode, offset: Int64(offset), length: Int64(length), context)
        return .success
      }
    }
    table.lseek = { request, inode, offset, whence, info in
      serve(request, .lseek, inode) { glue, context throws(FSError) in
        .offset(
          try glue.fileSystem.seek(openFile(info), offset: Int64(offset), whence: whence, context))
      }
    }
    table.copy_file_range = {
      request, inode, offset, info, _, targetOffset, targetInfo, length, flags in
      serve(request, .copyFileRange, inode) { glue, context throws(FSError) in
        guard flags == 0 else { throw FSError(.invalidArgument, "copy flags \(flags)") }
        let count = try glue.fileSystem.copyRange(
          from: openFile(info), offset: Int64(offset), to: openFile(targetInfo),
          targetOffset: Int64(targetOffset), length: Int64(clamping: length), context)
        return .written(Int(count))
      }
    }
  }
}

func openFile(
  _ info: UnsafeMutablePointer<fuse_file_info>?
) throws(FSError) -> HandleID {
  guard let info else { throw FSError(.badHandle, "the kernel named no open file") }
  return HandleID(number: info.pointee.fh)
}
