import Glibc
import SwfsCore
import SwfsFS

/// What goes back to the kernel: a request's body returns exactly one of these, and `Replies.send` is
/// the only place that sends, so nothing is answered twice or never.
enum Reply {
  case success
  case failure(errno: Int32)
  case entry(FoundInode)
  case created(FoundInode, OpenedFile)
  case attributes(InodeAttributes)
  case opened(OpenedFile)
  case openedDirectory(OpenedDirectory)
  case text(String)
  /// Sent before the buffer goes back to its pool.
  case bytes(PooledBuffer, count: Int)
  /// Rows of a directory; the references go back when the kernel does not take the reply.
  case rows(PooledBuffer, count: Int, references: [InodeID])
  case written(Int)
  case array([UInt8])
  case attributeSize(Int)
  case statistics(VolumeStatistics)
  case lock(AdvisoryLock?)
  case offset(Int64)
}
