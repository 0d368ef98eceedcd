import ArgumentParser
import Glibc
import SwfsCore

/// Which entries are wanted: the options of `find` and `export`. All given ones have to hold.
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Shell pattern of the name, such as '*.iso'. Repeated: any of them.", valueName: "glob"))
  var name: [String] = []

  @Option(
    help: ArgumentHelp(
      "file, directory, symlink, fifo, socket, character-device, block-device, or find's letter. Repeated: any.",
      valueName: "type"))
  var type: [String] = []

  @Option(help: ArgumentHelp("At least this large, such as 10M.", valueName: "size"))
  var minSize: String?

  @Option(help: ArgumentHelp("At most this large.", valueName: "size"))
  var maxSize: String?

  @Option(
    help: ArgumentHelp("Modified at least this long ago, such as 30d or 12h.", valueName: "time"))
  var olderThan: String?

  @Option(help: ArgumentHelp("Modified within this time.", valueName: "time"))
  var newerThan: String?

  @Option(help: ArgumentHelp("User name or number of the owner.", valueName: "user"))
  var owner: String?

  @Option(help: ArgumentHelp("Group name or number.", valueName: "group"))
  var group: String?

  mutating func validate() throws {
    _ = try filter(now: .now)
  }

  /// - Throws: `ValidationError` naming the option whose value makes no sense.
  func filter(now: Timestamp) throws -> EntryFilter {
    var filter = EntryFilter()
    filter.names = name.map(Glob.init)
    filter.kinds = try type.map { text in
      guard let kind = FileKind(text) else {
        throw ValidationError("--type \(text): there is no such type of entry")
      }
      return kind
    }
    func size(_ option: String, _ text: String?) throws -> UInt64? {
      guard let text else { return nil }
      guard let bytes = Units.bytes(text) else {
        throw ValidationError("\(option) \(text): a size looks like 4096, 10k or 1.5GiB")
      }
      return bytes
    }
    filter.sizeMin = try size("--min-size", minSize)
    filter.sizeMax = try size("--max-size", maxSize)
    func moment(_ option: String, _ text: String?) throws -> Timestamp? {
      guard let text else { return nil }
      guard let seconds = Units.seconds(text) else {
        throw ValidationError("\(option) \(text): a time looks like 90s, 15m, 12h, 7d or 4w")
      }
      return Timestamp(seconds: now.seconds - Int64(seconds), nanoseconds: now.nanoseconds)
    }
    filter.modifiedBefore = try moment("--older-than", olderThan)
    filter.modifiedAfter = try moment("--newer-than", newerThan)
    if let owner {
      guard let uid = UInt32(owner) ?? getpwnam(owner)?.pointee.pw_uid else {
        throw ValidationError("--owner \(owner): this machine knows no such user; give the number")
      }
      filter.uid = uid
    }
    if let group {
      guard let gid = UInt32(group) ?? getgrnam(group)?.pointee.gr_gid else {
        throw ValidationError("--group \(group): this machine knows no such group; give the number")
      }
      filter.gid = gid
    }
    return filter
  }
}

/// The same, understood.
struct EntryFilter {
  var names: [Glob] = []
  var kinds: [FileKind] = []
  var sizeMin: UInt64?
  var sizeMax: UInt64?
  var modifiedBefore: Timestamp?
  var modifiedAfter: Timestamp?
  var uid: UInt32?
  var gid: UInt32?

  /// Whether the name alone already decides against the entry: saves taking its bytes apart.
  func refuses(_ name: EntryName) -> Bool {
    !names.isEmpty && !names.contains { $0.matches(name.string) }
  }

  func accepts(_ attributes: FileAttributes) -> Bool {
    if !kinds.isEmpty && !kinds.contains(attributes.kind) { return false }
    if let sizeMin, attributes.size < sizeMin { return false }
    if let sizeMax, attributes.size > sizeMax { return false }
    if let modifiedBefore, attributes.mtime > modifiedBefore { return false }
    if let modifiedAfter, attributes.mtime < modifiedAfter { return false }
    if let uid, attributes.uid != uid { return false }
    if let gid, attributes.gid != gid { return false }
    return true
  }
}
