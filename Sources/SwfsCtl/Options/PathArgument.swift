public import ArgumentParser
public import SwfsCore

extension EntryPath: ExpressibleByArgument {
  /// A path of the namespace; a missing leading slash is added.
  public init?(argument: String) {
    do { self = try EntryPath(normalizing: argument) } catch { return nil }
  }
}
