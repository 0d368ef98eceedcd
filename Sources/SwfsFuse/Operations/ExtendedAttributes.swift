import CFuse
import SwfsCore
import SwfsFS
import SwfsObserve

extension OperationTable {
  static func addExtendedAttributes(_ table: inout fuse_lowlevel_ops) {
    table.setxattr = { request, inode, name, value, size, flags in
      serve(request, .setxattr, inode) { glue, context throws(FSError) in
        // XATTR_CREATE and XATTR_REPLACE of <sys/xattr.h>.
        let mode: ExtendedAttributeMode =
          flags & 1 != 0 ? .create : flags & 2 != 0 ? .replace : .any
        let bytes = [UInt8](UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : size))
        try glue.fileSystem.setExtendedAttribute(
          InodeID(number: inode), KernelText.text(name), bytes, mode: mode, context)
        return .success
      }
    }
    table.getxattr = { request, inode, name, size in
      serve(request, .getxattr, inode) { glue, context throws(FSError) in
        let value = try glue.fileSystem.getExtendedAttribute(
          InodeID(number: inode), KernelText.text(name), context)
        return try sized(value, size)
      }
    }
    table.listxattr = { request, inode, size in
      serve(request, .listxattr, inode) { glue, context throws(FSError) in
        let names = try glue.fileSystem.listExtendedAttributes(InodeID(number: inode), context)
        return try sized(names.flatMap { Array($0.utf8) + [0] }, size)
      }
    }
    table.removexattr = { request, inode, name in
      serve(request, .removexattr, inode) { glue, context throws(FSError) in
        try glue.fileSystem.removeExtendedAttribute(
          InodeID(number: inode), KernelText.text(name), context)
        return .success
      }
    }
  }
}

/// A caller with no room asks for the size; one with too little gets ERANGE.
private func sized(_ value: [UInt8], _ size: Int) throws(FSError) -> Reply {
  if size == 0 { return .attributeSize(value.count) }
  guard value.count <= size else {
    throw FSError(.outOfRange, "the attribute has \(value.count) bytes, the buffer \(size)")
  }
  return .array(value)
}
