import Glibc

/// A shell pattern for names: `*`, `?`, `[a-z]`, by the C library's `fnmatch`.
struct Glob {
  private let pattern: [CChar]

  init(_ pattern: String) {
    self.pattern = Array(pattern.utf8CString)
  }

  func matches(_ name: String) -> Bool {
    // FNM_PERIOD is not set: a leading dot is nothing special in this namespace.
    name.withCString { fnmatch(pattern, $0, 0) == 0 }
  }
}
