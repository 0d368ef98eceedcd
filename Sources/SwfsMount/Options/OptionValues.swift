import SwfsCore

/// What was asked for, as text, before defaults: from the command line, the environment and a file.
struct OptionValues: Sendable, Equatable {
  /// Canonical name → value.
  private(set) var values: [String: String] = [:]
  /// Words for mount(2).
  private(set) var kernelOptions: [String] = []
  /// What was recognised and has no effect, each with its reason.
  private(set) var ignored: [String] = []
  /// The connection string stood on the command line with a password in it.
  var showsPassword = false

  subscript(_ name: String) -> String? { values[name] }

  /// Checks and takes a value.
  ///
  /// - Throws: `invalidArgument` with the spelling that was used.
  mutating func set(
    _ option: OptionDefinition, _ alias: OptionDefinition.Alias?, _ value: String,
    spelledAs spelling: String
  ) throws(FSError) {
    guard let translated = alias.map({ $0.translate(value) }) ?? value else {
      throw FSError(.invalidArgument, "\(spelling): '\(value)' is not a value for this option")
    }
    do {
      try option.kind.check(translated)
    } catch {
      throw FSError(.invalidArgument, "\(spelling): \(error.message)")
    }
    values[option.name] = translated
  }

  mutating func addKernelOption(_ word: String) { kernelOptions.append(word) }
  mutating func ignore(_ spelling: String, _ reason: String) {
    ignored.append("option \(spelling) is ignored: \(reason)")
  }

  /// Takes over what is not set here yet: a source of lower rank.
  mutating func fill(from other: OptionValues) {
    values.merge(other.values) { mine, _ in mine }
    kernelOptions = other.kernelOptions + kernelOptions
    ignored += other.ignored
  }

  mutating func replace(_ name: String, _ value: String) { values[name] = value }

  /// The words that give another process the same options, without secrets.
  func arguments() -> [String] {
    var result: [String] = []
    for option in OptionTable.all where !option.isSecret {
      if let value = values[option.name] { result.append("--\(option.name)=\(value)") }
    }
    if !kernelOptions.isEmpty { result += ["-o", kernelOptions.joined(separator: ",")] }
    return result
  }

  /// Variables of the environment that set options (`SWFS_MEMORY` and so on).
  static func environment(_ read: (String) -> String?) throws(FSError) -> OptionValues {
    var result = OptionValues()
    for option in OptionTable.all {
      if let value = read(option.environmentName), !value.isEmpty {
        try result.set(option, nil, value, spelledAs: option.environmentName)
      }
    }
    return result
  }
}
