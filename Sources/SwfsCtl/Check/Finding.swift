/// Something wrong with the namespace, and what can be done about it.
struct Finding: Equatable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case damagedRow = "damaged-row"
    case badName = "bad-name"
    case unreachableRow = "unreachable-row"
    case orphan = "orphan"
    case danglingLink = "dangling-link"
    case linkCounter = "link-counter"
    case unusedLink = "unused-link"
    case sharedNeedle = "shared-needle"
    case missingChunk = "missing-chunk"
    case lackingReplica = "lacking-replica"
    case unknownChunk = "unknown-chunk"

    /// What it means and what to do: printed once for each kind that was found.
    var plan: String {
      switch self {
      case .damagedRow:
        "the row does not decode: restore it from an export or a backup, or delete it through a filer"
      case .badName: "no path leads there: weed shell and SQL reach it; nothing else will"
      case .unreachableRow:
        "dirhash does not belong to the directory: filers do not find the row; look where it came from"
      case .orphan:
        "the directory has no entry of its own: make it (mkdir in a mount), and what is in it is back"
      case .danglingLink:
        "the row that all names of the file share is gone: the copy in the name may be old; compare with"
          + " a backup, then copy the file to a new name"
      case .linkCounter:
        "the counter differs from the number of names: a delete may keep needles for ever (too high)"
          + " or free them too early (too low): copy the file and remove its names"
      case .unusedLink: "no name leads to this file any more: it takes space and nothing else"
      case .sharedNeedle:
        "two files use one needle: deleting one destroys the other; copy one of them, then remove it"
      case .missingChunk:
        "no server has the bytes: bring back volumes that are away, else restore the file from a backup"
      case .lackingReplica:
        "a copy is missing on some server of the volume: weed shell, volume.check.disk and volume.fix.replication"
      case .unknownChunk: "servers did not answer: check again when they do"
      }
    }
  }

  var kind: Kind
  var path: String
  var detail: String
}
