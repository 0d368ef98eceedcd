import CFuse
import Glibc
import SwfsCore
import SwfsFS
import SwfsObserve

extension OperationTable {
  /// Names: lookup, making, removing, moving. Answers with an entry hand one reference to the kernel.
  static func addNames(_ table: inout fuse_lowlevel_ops) {
    table.lookup = { request, parent, name in
      serve(request, .lookup, parent) { glue, context throws(FSError) in
        .entry(
          try glue.fileSystem.lookup(
            InodeID(number: parent), KernelText.lookupName(name), context))
      }
    }
    table.forget = { request, inode, count in
      Glue.of(request)?.fileSystem.forget(InodeID(number: inode), count: count)
      fuse_reply_none(request)
    }
    table.forget_multi = { request, count, list in
      if let glue = Glue.of(request) {
        for item in UnsafeBufferPointer(start: list, count: count) {
          glue.fileSystem.forget(InodeID(number: item.ino), count: item.nlookup)
        }
      }
      fuse_reply_none(request)
    }
    table.mknod = { request, parent, name, mode, device in
      serve(request, .mknod, parent) { glue, context throws(FSError) in
        guard let kind = FileKind(formatBitsOf: mode), kind != .directory else {
          throw FSError(.invalidArgument, "mknod of mode \(String(mode, radix: 8))")
        }
        return .entry(
          try glue.fileSystem.makeNode(
            InodeID(number: parent), KernelText.name(name),
            mode: FileMode(kind: kind, permissions: UInt16(mode & 0o7777)),
            // The kernel's 32-bit encoding of major and minor, as it is stored and given back.
            rdev: UInt32(truncatingIfNeeded: device), context))
      }
    }
    table.mkdir = { request, parent, name, mode in
      serve(request, .mkdir, parent) { glue, context throws(FSError) in
        .entry(
          try glue.fileSystem.makeDirectory(
            InodeID(number: parent), KernelText.name(name), permissions: UInt16(mode & 0o7777),
            context))
      }
    }
    table.symlink = { request, target, parent, name in
      serve(request, .symlink, parent) { glue, context throws(FSError) in
        .entry(
          try glue.fileSystem.makeSymlink(
            InodeID(number: parent), KernelText.name(name), target: KernelText.text(target), context
          ))
      }
    }
    table.readlink = { request, inode in
      serve(request, .readlink, inode) { glue, context throws(FSError) in
        .text(try glue.fileSystem.readSymlink(InodeID(number: inode), context))
      }
    }
    table.link = { request, inode, parent, name in
      serve(request, .link, inode) { glue, context throws(FSError) in
        .entry(
          try glue.fileSystem.link(
            InodeID(number: inode), InodeID(number: parent), KernelText.name(name), context))
      }
    }
    table.unlink = { request, parent, name in
      serve(request, .unlink, parent) { glue, context throws(FSError) in
        try glue.fileSystem.unlink(InodeID(number: parent), KernelText.name(name), context)
        return .success
      }
    }
    table.rmdir = { request, parent, name in
      serve(request, .rmdir, parent) { glue, context throws(FSError) in
        try glue.fileSystem.removeDirectory(InodeID(number: parent), KernelText.name(name), context)
        return .success
      }
    }
    table.rename = { request, parent, name, newParent, newName, flags in
      serve(request, .rename, parent) { glue, context throws(FSError) in
        try glue.fileSystem.rename(
          InodeID(number: parent), KernelText.name(name), to: InodeID(number: newParent),
          KernelText.name(newName), flags: RenameFlags(rawValue: flags), context)
        return .success
      }
    }
  }
}
