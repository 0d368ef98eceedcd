import SwfsCore

extension FileKind {
  /// The word of `--type` and of exports.
  var word: String {
    switch self {
    case .regular: "file"
    case .directory: "directory"
    case .symlink: "symlink"
    case .fifo: "fifo"
    case .socket: "socket"
    case .characterDevice: "character-device"
    case .blockDevice: "block-device"
    }
  }

  /// The letter that `ls -l` and `find -type` show.
  var letter: Character {
    switch self {
    case .regular: "-"
    case .directory: "d"
    case .symlink: "l"
    case .fifo: "p"
    case .socket: "s"
    case .characterDevice: "c"
    case .blockDevice: "b"
    }
  }

  /// A word, its beginning, or a letter of find(1).
  init?(_ text: String) {
    if text == "f" || text == "-" {
      self = .regular
      return
    }
    let found = Self.allCases.filter {
      $0.word == text || String($0.letter) == text || (text.count > 2 && $0.word.hasPrefix(text))
    }
    guard found.count == 1, let kind = found.first else { return nil }
    self = kind
  }
}

extension FileMode {
  /// Ten characters, as `ls -l` shows them.
  var listing: String {
    var text = String(kind.letter)
    for (shift, special, letter) in [(6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")] {
      let bits = Int(permissions) >> shift
      text += bits & 4 != 0 ? "r" : "-"
      text += bits & 2 != 0 ? "w" : "-"
      let executes = bits & 1 != 0
      if Int(permissions) & special != 0 {
        text += executes ? letter : letter.uppercased()
      } else {
        text += executes ? "x" : "-"
      }
    }
    return text
  }

  /// `0644`, `4755`.
  var octal: String {
    let text = String(permissions, radix: 8)
    return String(repeating: "0", count: max(0, 4 - text.count)) + text
  }
}
