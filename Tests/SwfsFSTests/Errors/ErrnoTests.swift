import Glibc
import SwfsCore
import SwfsFS
import Testing

/// One row for each code: what applications see.
struct ErrnoTests {
  static let rows: [FSError.Code: Int32] = [
    .notFound: ENOENT, .exists: EEXIST, .notDirectory: ENOTDIR, .isDirectory: EISDIR,
    .notEmpty: ENOTEMPTY, .nameTooLong: ENAMETOOLONG, .illegalSequence: EILSEQ,
    .tooManyLinks: EMLINK, .crossDevice: EXDEV, .loop: ELOOP, .invalidArgument: EINVAL,
    .badHandle: EBADF, .unsupported: EOPNOTSUPP, .notPermitted: EPERM, .accessDenied: EACCES,
    .readOnly: EROFS, .noData: ENODATA, .outOfRange: ERANGE, .argumentTooBig: E2BIG,
    .noSuchOffset: ENXIO, .fileTooLarge: EFBIG, .noSpace: ENOSPC, .quotaExceeded: EDQUOT,
    .outOfMemory: ENOMEM, .stale: ESTALE, .wouldBlock: EAGAIN, .deadlock: EDEADLK,
    .interrupted: EINTR, .busy: EBUSY, .preconditionFailed: EIO, .unavailable: EIO,
    .timedOut: EIO, .corrupt: EIO, .chunkMissing: EIO, .remote: EIO,
  ]

  @Test(arguments: FSError.Code.allCases)
  func everyCodeHasItsErrno(code: FSError.Code) {
    #expect(Self.rows[code] == code.errno)
  }
}
