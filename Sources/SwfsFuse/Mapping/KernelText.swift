import SwfsCore

/// Text from the kernel: C strings that may hold any bytes.
enum KernelText {
  /// A name to make or remove.
  ///
  /// - Throws: `illegalSequence`, `nameTooLong`, `invalidArgument`.
  static func name(_ pointer: UnsafePointer<CChar>?) throws(FSError) -> EntryName {
    try EntryName(checking: text(pointer))
  }

  /// A name to look up: `.` and `..` are asked for when an NFS client comes back with a handle.
  static func lookupName(_ pointer: UnsafePointer<CChar>?) throws(FSError) -> EntryName {
    let text = try text(pointer)
    return text == "." || text == ".." ? EntryName(unchecked: text) : try EntryName(checking: text)
  }

  /// - Throws: `illegalSequence` when the bytes are not UTF-8, which protobuf strings cannot carry.
  static func text(_ pointer: UnsafePointer<CChar>?) throws(FSError) -> String {
    guard let pointer else { throw FSError(.invalidArgument, "the kernel sent no text") }
    guard let text = String(validatingCString: pointer) else {
      throw FSError(.illegalSequence, "text is not valid UTF-8")
    }
    return text
  }
}
