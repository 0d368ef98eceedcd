import CFuse
import SwfsCore
import SwfsFS
import SwfsObserve

extension OperationTable {
  /// `stat`, `chmod`, `chown`, `truncate`, `utimensat`, `access`.
  static func addAttributes(_ table: inout fuse_lowlevel_ops) {
    table.getattr = { request, inode, _ in
      serve(request, .getattr, inode) { glue, context throws(FSError) in
        .attributes(try glue.fileSystem.attributes(InodeID(number: inode), context))
      }
    }
    table.setattr = { request, inode, status, mask, info in
      serve(request, .setattr, inode) { glue, context throws(FSError) in
        guard let status else { throw FSError(.invalidArgument, "setattr without attributes") }
        let handle = info.map { HandleID(number: $0.pointee.fh) }
        return .attributes(
          try glue.fileSystem.setAttributes(
            InodeID(number: inode), handle: handle,
            AttributeChanges(status.pointee, mask: mask), context))
      }
    }
    table.access = { request, inode, mask in
      serve(request, .access, inode) { glue, context throws(FSError) in
        try glue.fileSystem.access(InodeID(number: inode), mask: mask, context)
        return .success
      }
    }
  }
}
