import Glibc
public import SwfsCore

extension FSError.Code {
  /// What an application sees. The one place where a failure becomes an errno; exhaustive, so a new
  /// code does not compile until somebody decides.
  ///
  /// Whatever the cluster could not do after all retries is `EIO`: applications know what that means,
  /// while `EAGAIN` or `ETIMEDOUT` from a plain file confuse them.
  public var errno: Int32 {
    switch self {
    case .notFound: ENOENT
    case .exists: EEXIST
    case .notDirectory: ENOTDIR
    case .isDirectory: EISDIR
    case .notEmpty: ENOTEMPTY
    case .nameTooLong: ENAMETOOLONG
    // Names that are not UTF-8 cannot be stored; replacing bytes would rename the file.
    case .illegalSequence: EILSEQ
    case .tooManyLinks: EMLINK
    case .crossDevice: EXDEV
    case .loop: ELOOP
    case .invalidArgument: EINVAL
    case .badHandle: EBADF
    case .unsupported: EOPNOTSUPP
    case .notPermitted: EPERM
    case .accessDenied: EACCES
    case .readOnly: EROFS
    case .noData: ENODATA
    case .outOfRange: ERANGE
    case .argumentTooBig: E2BIG
    case .noSuchOffset: ENXIO
    case .fileTooLarge: EFBIG
    case .noSpace: ENOSPC
    case .quotaExceeded: EDQUOT
    case .outOfMemory: ENOMEM
    // The kernel looks the name up again on ESTALE before it tells the application.
    case .stale: ESTALE
    case .wouldBlock: EAGAIN
    case .deadlock: EDEADLK
    case .interrupted: EINTR
    case .busy: EBUSY
    // Reaches the kernel only when merging with another writer kept failing until the deadline.
    case .preconditionFailed: EIO
    case .unavailable, .timedOut, .corrupt, .chunkMissing, .remote: EIO
    }
  }
}
