import SwfsCore

/// What an import did, counted, with a line for everything that is not as in the export.
struct ImportTally {
  private(set) var created = 0
  private(set) var replaced = 0
  private(set) var same = 0
  private(set) var different = 0
  private(set) var refused = 0
  private(set) var failed = 0

  static let shownMax = 100

  /// The line to show, if any.
  mutating func add(_ path: EntryPath, _ outcome: Importer.Outcome) -> String? {
    let name = ListingLine.printable(path.string)
    switch outcome {
    case .created: created += 1
    case .replaced: replaced += 1
    case .same: same += 1
    case .different(let change):
      different += 1
      return shown(
        "\(name): is there and differs (\(change.words.joined(separator: ", "))), left as it is")
    case .refused(let reason):
      refused += 1
      return shown("\(name): not imported: \(reason)")
    case .failed(let reason):
      failed += 1
      return shown("\(name): failed: \(reason)")
    }
    return nil
  }

  private func shown(_ line: String) -> String? {
    let count = different + refused + failed
    if count == Self.shownMax + 1 { return "… further entries are only counted" }
    return count <= Self.shownMax ? line : nil
  }

  var isComplete: Bool { different + refused + failed == 0 }

  var line: String {
    "\(created) created, \(replaced) replaced, \(same) the same, \(different) different,"
      + " \(refused) refused, \(failed) failed"
  }

  var json: JSONText {
    var text = JSONText()
    text.object { text in
      text.field("created", created)
      text.field("replaced", replaced)
      text.field("same", same)
      text.field("different", different)
      text.field("refused", refused)
      text.field("failed", failed)
    }
    return text
  }
}
