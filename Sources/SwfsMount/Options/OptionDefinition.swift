/// One option of `swfs-mount`: the table of these drives parsing, help, the configuration file and
/// the documentation.
struct OptionDefinition: Sendable {
  /// The long name, as in `--name`, `name = value` in a file and `SWFS_NAME` in the environment.
  let name: String
  let kind: OptionKind
  /// Shown in the help; empty when unset means something of its own.
  let defaultText: String
  let help: String
  let group: Group
  /// Other spellings, `weed mount`'s among them.
  var aliases: [Alias] = []
  /// Must not be seen in `ps`.
  var isSecret = false

  enum Group: String, Sendable, CaseIterable {
    case cluster = "Cluster"
    case mount = "Mount"
    case files = "New files"
    case limits = "Memory, cache and limits"
    case identity = "Owners"
    case service = "Running"
  }

  /// Another spelling, and how its value is meant.
  struct Alias: Sendable {
    let name: String
    var unit = Unit.same

    enum Unit: Sendable {
      case same
      /// A plain number of MiB, as weed's `…MB` options take.
      case mebibytes
      /// Switches the option off, as `-disableXAttr` does with extended attributes.
      case inverted
    }

    /// The value in the option's own form; nil when it cannot be.
    func translate(_ value: String) -> String? {
      switch unit {
      case .same: value
      case .mebibytes: Int(value).map { "\($0)MiB" }
      case .inverted: OptionKind.flag(value).map { $0 ? "false" : "true" }
      }
    }
  }

  /// The variable that sets the option.
  var environmentName: String {
    "SWFS_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
  }
}
