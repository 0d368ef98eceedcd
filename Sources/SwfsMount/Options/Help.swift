/// `--help` and the table of `docs/CONFIGURATION.md`, both made from `OptionTable`.
enum Help {
  static let text: String = {
    var text = """
      Usage: swfs-mount --filer HOST:PORT[,HOST:PORT…] [OPTION…] MOUNTPOINT
             swfs-mount HOST:PORT[,…][:/PATH] MOUNTPOINT -o OPTION[=VALUE],…
      Mounts a SeaweedFS namespace. Returns when the mount answers; -f stays in the foreground.

      """
    for group in OptionDefinition.Group.allCases {
      text += "\n\(group.rawValue):\n"
      for option in OptionTable.all where option.group == group {
        let value = option.kind.placeholder
        let left = "  --\(option.name)" + (value.isEmpty ? "" : " \(value)")
        let preset = option.defaultText.isEmpty ? "" : " [\(option.defaultText)]"
        text += left + "\n" + wrap(option.help + preset, indent: 8)
      }
    }
    text += """

      Every option can stand in --config FILE (name = value), in the environment (SWFS_NAME) and
      behind -o; weed mount's spellings are understood. -h, --help; -V, --version.

      Exit status: \(ExitCode.summary)

      """
    return text
  }()

  /// The rows of the documentation's table.
  static let markdown: String = {
    var text = "| Option | Value | Default | Also | Meaning |\n|---|---|---|---|---|\n"
    for option in OptionTable.all {
      let value = option.kind.placeholder.split(separator: "|").joined(separator: ", ")
      let aliases = option.aliases.map { "`\($0.name)`" }.joined(separator: " ")
      let preset = option.defaultText.isEmpty ? "" : "`\(option.defaultText)`"
      text += "| `--\(option.name)` | \(value) | \(preset) | \(aliases) | \(option.help) |\n"
    }
    return text
  }()

  private static func wrap(_ text: String, indent: Int, width: Int = 96) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines = [margin]
    for word in text.split(separator: " ") {
      if lines[lines.count - 1].count + word.count + 1 > width { lines.append(margin) }
      if lines[lines.count - 1].count > indent { lines[lines.count - 1] += " " }
      lines[lines.count - 1] += word
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
