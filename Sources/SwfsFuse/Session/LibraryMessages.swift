import CFuse
import Glibc
import SwfsObserve
import Synchronization

/// What libfuse has to say goes to the log; the last line explains a failed mount.
enum LibraryMessages {
  private static let last = Mutex("")

  static func capture() {
    fuse_set_log_func { level, format, arguments in
      guard let format, let arguments else { return }
      let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
        guard let start = buffer.baseAddress else { return "" }
        vsnprintf(start, buffer.count, format, arguments)
        return String(cString: start)
      }
      let line = text.split(separator: "\n").joined(separator: " ")
      LibraryMessages.last.withLock { $0 = line }
      // The caller reports failures with this line in them: no second error in the log.
      Log.debug("libfuse: \(line)")
    }
  }

  static func takeLast() -> String {
    last.withLock { text in
      defer { text = "" }
      return text
    }
  }
}
