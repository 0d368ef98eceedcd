import SwfsCore

/// Counts names of files with several names against the counters they carry. A value.
struct LinkTally {
  struct Link: Equatable {
    var names = 0
    var counter: Int32
    var firstName: EntryPath
  }

  private(set) var links: [[UInt8]: Link] = [:]

  mutating func add(_ path: EntryPath, _ entry: Entry) {
    guard !entry.hardLinkID.isEmpty else { return }
    var link = links[entry.hardLinkID] ?? Link(counter: entry.hardLinkCounter, firstName: path)
    link.names += 1
    links[entry.hardLinkID] = link
  }

  /// Links whose counter is not the number of names.
  func findings() -> [Finding] {
    links.values.filter { Int($0.counter) != $0.names }
      .sorted { $0.firstName < $1.firstName }
      .map {
        Finding(
          kind: .linkCounter, path: $0.firstName.string,
          detail: "counter \($0.counter), names \($0.names)")
      }
  }

  /// Rows of links that no name refers to.
  func unused(_ ids: [[UInt8]]) -> [Finding] {
    ids.filter { links[$0] == nil }.map {
      Finding(kind: .unusedLink, path: "", detail: "link id \(Hex.text($0))")
    }
  }
}
