import SwfsCore

/// Reads the command line in all its dialects: `--long value`, `--long=value`, weed's `-long=value`,
/// `-o a,b=c`, and what mount(8) gives to its helper (`SOURCE DIRECTORY -o …`).
struct CommandLineParser {
  enum Request: Sendable, Equatable { case mount, help, version, configurationTable }

  private(set) var values = OptionValues()
  private(set) var request = Request.mount
  private(set) var positional: [String] = []
  private var rest: ArraySlice<String>
  private let isMountHelper: Bool

  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - isMountHelper: called by mount(8) as `mount.fuse.swfs`.
  /// - Throws: `invalidArgument` in one line, with the nearest known option for an unknown one.
  init(_ arguments: [String], isMountHelper: Bool = false) throws(FSError) {
    rest = arguments[...]
    self.isMountHelper = isMountHelper
    while let word = rest.popFirst() { try take(word) }
    try placePositional()
  }

  private mutating func take(_ word: String) throws(FSError) {
    switch word {
    case "--":
      positional += rest
      rest = []
    case "-h", "--help", "-help": request = .help
    case "-V", "--version", "-version": request = .version
    case "--print-configuration-table": request = .configurationTable
    case "-f":
      // For mount(8) this is "fake": everything but the mount.
      if isMountHelper {
        request = .version
      } else {
        try set("foreground", "true", word)
      }
    case "-r" where isMountHelper: try set("read-only", "true", word)
    case "-s", "-n", "-v", "-w": if !isMountHelper { try named(word) }
    case "-t", "-N": if isMountHelper { _ = rest.popFirst() } else { try named(word) }
    case "-o":
      guard let list = rest.popFirst() else {
        throw FSError(.invalidArgument, "-o needs a list of options")
      }
      try mountOptions(list)
    case let word where word.hasPrefix("-o") && !word.hasPrefix("-op"):
      try mountOptions(String(word.dropFirst(2)))
    case let word where word.hasPrefix("-") && word.utf8.count > 1: try named(word)
    default: positional.append(word)
    }
  }

  /// `--name`, `--name=value`, `-name=value`, `--name value`, `--no-name`.
  private mutating func named(_ word: String) throws(FSError) {
    let body = word.drop { $0 == "-" }
    let equals = body.firstIndex(of: "=")
    let name = String(equals.map { body[..<$0] } ?? body)
    let given = equals.map { String(body[body.index(after: $0)...]) }
    let spelling = String(word.prefix { $0 == "-" }) + name
    switch OptionTable.find(name) {
    case .option(let option, let alias):
      let value: String
      if let given { value = given } else { value = try nextValue(option, spelling) }
      if option.isSecret && PostgresPassword.stands(in: value) { values.showsPassword = true }
      try values.set(option, alias, value, spelledAs: spelling)
    case .ignored(let reason):
      if given == nil && !OptionTable.ignoredFlags.contains(name) { _ = rest.popFirst() }
      values.ignore(spelling, reason)
    case .kernel, nil:
      if name.hasPrefix("no-"), given == nil,
        case .option(let option, _)? = OptionTable.find(String(name.dropFirst(3))),
        option.kind == .flag
      {
        return try values.set(option, nil, "false", spelledAs: spelling)
      }
      throw Self.unknown(spelling, name)
    }
  }

  /// A flag takes no further word, except as weed does with `-flag=false`.
  private mutating func nextValue(
    _ option: OptionDefinition, _ spelling: String
  ) throws(FSError) -> String {
    if option.kind == .flag { return "true" }
    guard let value = rest.popFirst() else {
      throw FSError(.invalidArgument, "\(spelling) needs a value (\(option.kind.placeholder))")
    }
    return value
  }

  private mutating func mountOptions(_ list: String) throws(FSError) {
    for item in Self.split(list) where !item.isEmpty {
      let equals = item.firstIndex(of: "=")
      let name = String(equals.map { item[..<$0] } ?? item[...])
      let given = equals.map { String(item[item.index(after: $0)...]) }
      switch OptionTable.find(mountOption: name) {
      case .kernel(let word): values.addKernelOption(word)
      case .ignored(let reason):
        // mount(8)'s own words are no news to anybody.
        if reason != "is for mount(8)" { values.ignore(name, reason) }
      case .option(let option, let alias):
        guard let value = given ?? (option.kind == .flag ? "true" : nil) else {
          throw FSError(.invalidArgument, "-o \(name) needs a value (\(option.kind.placeholder))")
        }
        if option.isSecret && PostgresPassword.stands(in: value) { values.showsPassword = true }
        try values.set(option, alias, value, spelledAs: "-o \(name)")
      case nil: throw Self.unknown("-o \(name)", name)
      }
    }
  }

  /// Splits at commas outside quotes; a backslash takes the next character as it is.
  static func split(_ list: String) -> [String] {
    var items = [""]
    var quote: Character?
    var isEscaped = false
    for character in list {
      if isEscaped {
        items[items.count - 1].append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == quote {
        quote = nil
      } else if quote == nil && (character == "\"" || character == "'") {
        quote = character
      } else if quote == nil && character == "," {
        items.append("")
      } else {
        items[items.count - 1].append(character)
      }
    }
    return items
  }

  /// One word is the mount point, two are mount(8)'s source and mount point.
  private mutating func placePositional() throws(FSError) {
    guard request == .mount else { return }
    guard positional.count <= 2 else {
      throw FSError(.invalidArgument, "too many arguments: \(positional[2])")
    }
    if let last = positional.last { try set("mountpoint", last, "the mount point") }
    guard positional.count == 2 else { return }
    let source = MountSource(positional[0])
    if let filers = source.filers { try set("filer", filers, "the source") }
    if let path = source.path { try set("filer-path", path, "the source") }
  }

  private mutating func set(_ name: String, _ value: String, _ spelling: String) throws(FSError) {
    try values.set(OptionTable.named(name), nil, value, spelledAs: spelling)
  }

  private static func unknown(_ spelling: String, _ name: String) -> FSError {
    let hint = OptionTable.nearest(to: name).map { ", did you mean --\($0)?" } ?? ""
    return FSError(.invalidArgument, "unknown option \(spelling)\(hint)")
  }
}

/// The source of an fstab line: `h1:8888,h2:8888:/path`. Words such as `fuse` or `swfs` name nothing.
struct MountSource: Equatable {
  var filers: String?
  var path: String?

  init(_ text: String) {
    let slash = text.firstIndex(of: "/")
    var hosts = String(slash.map { text[..<$0] } ?? text[...])
    if hosts.hasSuffix(":") { hosts.removeLast() }
    if let slash, !hosts.isEmpty || slash == text.startIndex { path = String(text[slash...]) }
    // A host without a port is a host when there is a path or another host.
    let namesHosts = hosts.contains(":") || hosts.contains(",") || hosts.contains(".")
    if !hosts.isEmpty && (namesHosts || path != nil) { filers = hosts }
  }
}

/// Whether a connection string shows a password.
enum PostgresPassword {
  static func stands(in text: String) -> Bool {
    if text.contains("password=") { return true }
    guard let scheme = text.firstRange(of: "://"), let at = text.firstIndex(of: "@") else {
      return false
    }
    return at > scheme.upperBound && text[scheme.upperBound..<at].contains(":")
  }
}
