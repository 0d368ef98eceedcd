/// Changes made by everybody else, merged from one local stream per filer.
public protocol ChangeFeed: Sendable {
  /// Starts the streams. The handler is called from feed threads, one call at a time.
  func start(_ handler: @escaping @Sendable (FeedMessage) -> Void)

  /// Ends the streams; no call to the handler begins after it returns.
  func stop()

  /// Whether every filer's stream is up and recent. While false, nothing may be cached for long.
  var isHealthy: Bool { get }
}

public enum FeedMessage: Sendable {
  case change(ChangeEvent)
  /// A filer's stream broke: changes made through it may have been missed since then. Comes once for
  /// each break; `isHealthy` is false already.
  case interrupted(filer: String)
  /// The stream is back. Events in between may be lost for ever (a filer keeps a minute in memory),
  /// so whatever was cached before must be looked at again.
  case resumed(filer: String)
}

/// One change of the namespace, as a filer reports it.
public struct ChangeEvent: Sendable {
  /// The directory the old (or only) name is in.
  public var directory: EntryPath
  /// State before: nil for a creation.
  public var oldEntry: Entry?
  /// State after: nil for a deletion.
  public var newEntry: Entry?
  /// The directory the new name is in; equals `directory` except for a move.
  public var newDirectory: EntryPath
  /// The filer's clock, unix nanoseconds. Clocks of filers differ.
  public var timestampNanoseconds: Int64

  public init(
    directory: EntryPath, oldEntry: Entry?, newEntry: Entry?, newDirectory: EntryPath,
    timestampNanoseconds: Int64
  ) {
    self.directory = directory
    self.oldEntry = oldEntry
    self.newEntry = newEntry
    self.newDirectory = newDirectory
    self.timestampNanoseconds = timestampNanoseconds
  }
}
