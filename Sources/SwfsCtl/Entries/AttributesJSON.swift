import SwfsCore

extension JSONText {
  /// The fields that `ls`, `find` and `stat` share with exports.
  mutating func fields(_ path: EntryPath, _ attributes: FileAttributes) {
    field("path", path.string)
    field("type", attributes.kind.word)
    field("mode", attributes.mode.octal)
    field("uid", attributes.uid)
    field("gid", attributes.gid)
    field("size", attributes.size)
    field("mtime", attributes.mtime.seconds)
    field("mtime_ns", attributes.mtime.nanoseconds)
    field("links", attributes.linkCount)
  }
}
