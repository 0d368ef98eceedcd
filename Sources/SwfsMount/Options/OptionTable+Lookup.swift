/// Finding options by any spelling, and the words that other programs' users bring along.
extension OptionTable {
  enum Match: Sendable {
    case option(OptionDefinition, OptionDefinition.Alias?)
    /// Known to `weed mount` or mount(8), without a meaning here. The text says why.
    case ignored(String)
    /// An option of mount(2), for libfuse to pass on.
    case kernel(String)
  }

  /// Looks a spelling up; `_` and `-` are the same.
  static func find(_ spelling: String) -> Match? {
    if let match = spellings[fold(spelling)] { return match }
    if let reason = ignored[spelling] { return .ignored(reason) }
    return nil
  }

  /// The same for one item of `-o`, where the kernel's and mount(8)'s words come first.
  static func find(mountOption spelling: String) -> Match? {
    switch spelling {
    case "ro": return .option(named("read-only"), nil)
    case "rw": return .option(named("read-only"), .init(name: "rw", unit: .inverted))
    default: break
    }
    if kernelWords.contains(spelling) { return .kernel(spelling) }
    if mountWords.contains(spelling) || spelling.hasPrefix("x-") || spelling == "comment" {
      return .ignored("is for mount(8)")
    }
    return find(spelling)
  }

  /// The closest known spelling, for "did you mean"; nil when nothing is close.
  static func nearest(to spelling: String) -> String? {
    let wanted = fold(spelling)
    let known = all.flatMap { [$0.name] + $0.aliases.map(\.name) }
    let ranked = known.map { ($0, distance(wanted, fold($0))) }.min { $0.1 < $1.1 }
    guard let (name, distance) = ranked, distance <= max(2, wanted.count / 3) else { return nil }
    return name
  }

  static func named(_ name: String) -> OptionDefinition {
    all.first { $0.name == name } ?? all[0]
  }

  static func fold(_ spelling: String) -> String {
    String(spelling.map { $0 == "_" ? "-" : $0 })
  }

  private static let spellings: [String: Match] = {
    var result: [String: Match] = [:]
    for option in all {
      result[fold(option.name)] = .option(option, nil)
      for alias in option.aliases { result[fold(alias.name)] = .option(option, alias) }
    }
    return result
  }()

  private static let kernelWords: Set<String> = [
    "suid", "nosuid", "dev", "nodev", "exec", "noexec", "atime", "noatime", "sync", "async",
    "dirsync", "blkdev",
  ]

  private static let mountWords: Set<String> = [
    "_netdev", "auto", "noauto", "user", "nouser", "users", "owner", "group", "defaults", "nofail",
    "fail", "relatime", "norelatime", "strictatime", "nostrictatime", "diratime", "nodiratime",
    "lazytime", "nolazytime", "mand", "nomand", "intr", "big-writes", "big_writes", "subtype",
    "rootcontext", "loop",
  ]

  /// Options of `weed mount` 4.48 that need nothing here.
  private static let ignored: [String: String] = {
    let reasons: [String: [String]] = [
      "memory is bounded by --memory alone": ["writeBufferSizeMB", "readerCacheSizeMB"],
      "nothing is written to a disk before it is uploaded": ["cacheDirWrite"],
      "directories are read from the cluster": ["cacheDirMaxEntries", "dirIdleEvictSec"],
      "links are always cached by the kernel": ["cacheSymlink"],
      "written data is committed every 20 s anyway": ["metadataFlushSeconds"],
      "--deadline bounds reads": ["readRetryTime"],
      "close means stored here": ["writebackCache"],
      "direct I/O is always parallel": ["asyncDio"],
      "the kernel takes three quarters of max-background": ["fuse.congestionThreshold"],
      "writes of several mounts are merged; locks are kept by the filers (--locks)": ["dlm"],
      "directories have one link": ["posix.dirNLink"],
      "space is the cluster's": ["df.logical", "collectionQuotaMB"],
      "automounters need nothing special": ["autofs"],
      "mounts do not share chunks": [
        "peer.enable", "peer.listen", "peer.advertise", "peer.rack", "peer.dataCenter",
      ],
      "there is no control socket": ["localSocket"],
      "use --log-level and --metrics": [
        "debug", "debug.port", "debug.fuse", "cpuprofile", "memprofile", "v", "logtostderr",
        "alsologtostderr",
      ],
    ]
    var result: [String: String] = [:]
    for (reason, names) in reasons { for name in names { result[name] = reason } }
    return result
  }()

  /// Whether an ignored option of weed takes the next argument when there is no `=`.
  static let ignoredFlags: Set<String> = [
    "cacheSymlink", "writebackCache", "asyncDio", "dlm", "posix.dirNLink", "df.logical", "autofs",
    "peer.enable", "debug", "debug.fuse", "logtostderr", "alsologtostderr",
  ]

  /// Levenshtein's distance: insertions, deletions and replacements.
  private static func distance(_ a: String, _ b: String) -> Int {
    let right = Array(b)
    var row = Array(0...right.count)
    for (i, character) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (character == other ? 0 : 1))
        diagonal = above
      }
    }
    return row[right.count]
  }
}
