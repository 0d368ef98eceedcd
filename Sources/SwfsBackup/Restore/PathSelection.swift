public import SwfsCore

/// Which paths of a snapshot are meant: paths with everything below them, and globs.
///
/// In a glob `*` and `?` stop at slashes, `**` does not. A glob that fits a directory means
/// everything below it as well. Nothing given means everything.
public struct PathSelection: Sendable {
  private let includes: [Pattern]
  private let excludes: [Pattern]

  /// - Throws: `invalidArgument` for a path that cannot be.
  public init(includes: [String] = [], excludes: [String] = []) throws(FSError) {
    self.includes = try Self.patterns(includes)
    self.excludes = try Self.patterns(excludes)
  }

  private static func patterns(_ texts: [String]) throws(FSError) -> [Pattern] {
    var result: [Pattern] = []
    for text in texts { result.append(try Pattern(text)) }
    return result
  }

  public func contains(_ path: EntryPath) -> Bool {
    (includes.isEmpty || includes.contains { $0.covers(path) })
      && !excludes.contains { $0.covers(path) }
  }

  enum Pattern: Sendable {
    case subtree(EntryPath)
    case glob([UInt8])

    init(_ text: String) throws(FSError) {
      guard text.utf8.contains(where: { $0 == 0x2a || $0 == 0x3f }) else {
        self = .subtree(try EntryPath(normalizing: text))
        return
      }
      self = .glob([UInt8]((text.hasPrefix("/") ? text : "/**/" + text).utf8))
    }

    /// Whether the path or one of its directories fits.
    func covers(_ path: EntryPath) -> Bool {
      switch self {
      case .subtree(let base): return path.relative(to: base) != nil
      case .glob(let pattern):
        var path = path
        while true {
          let text = [UInt8](path.string.utf8)
          if Glob.fits(pattern[...], text[...]) { return true }
          if path.isRoot { return false }
          path = path.parent
        }
      }
    }
  }
}

enum Glob {
  /// Whether the whole text fits the pattern. Linear in the text for each star: the latest star of
  /// each kind is the only one that is ever tried again.
  static func fits(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    var (p, t) = (pattern.startIndex, text.startIndex)
    var star: (p: Int, t: Int)?
    var doubleStar: (p: Int, t: Int)?
    while true {
      if p < pattern.endIndex, pattern[p] == 0x2a {
        if p + 1 < pattern.endIndex, pattern[p + 1] == 0x2a {
          p += 2
          // "**/" also stands for no directory at all.
          if p < pattern.endIndex, pattern[p] == 0x2f, fits(pattern[(p + 1)...], text[t...]) {
            return true
          }
          doubleStar = (p, t)
          star = nil
        } else {
          p += 1
          star = (p, t)
        }
        continue
      }
      if t == text.endIndex && p == pattern.endIndex { return true }
      if t < text.endIndex, p < pattern.endIndex,
        pattern[p] == text[t] || (pattern[p] == 0x3f && text[t] != 0x2f)
      {
        p += 1
        t += 1
        continue
      }
      if let last = star, last.t < text.endIndex, text[last.t] != 0x2f {
        star = (last.p, last.t + 1)
        (p, t) = (last.p, last.t + 1)
      } else if let last = doubleStar, last.t < text.endIndex {
        star = nil
        doubleStar = (last.p, last.t + 1)
        (p, t) = (last.p, last.t + 1)
      } else {
        return false
      }
    }
  }
}
