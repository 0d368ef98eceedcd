public import SwfsCore

/// Where the objects of a repository are kept: a directory, or anything else that can do this.
///
/// Names are relative paths such as `index/0123…`. Thread-safe; calls block.
public protocol RepositoryStore: Sendable {
  /// For messages.
  var location: String { get }

  /// A whole object.
  ///
  /// - Throws: `notFound`; `remote` for everything that keeps the store from working.
  func read(_ name: String) throws(FSError) -> [UInt8]

  /// Exactly `count` bytes from `offset` on.
  ///
  /// - Throws: `notFound`; `corrupt` when the object ends before.
  func read(_ name: String, offset: UInt64, count: Int) throws(FSError) -> [UInt8]

  /// Stores an object under its final name: complete and on stable storage when this returns, or
  /// not there at all. Replaces one of that name.
  ///
  /// - Throws: `noSpace`, `accessDenied`, `readOnly`, `remote`.
  func write(_ name: String, _ bytes: [UInt8]) throws(FSError)

  /// The same for a name that must be free.
  ///
  /// - Throws: `exists`.
  func create(_ name: String, _ bytes: [UInt8]) throws(FSError)

  /// Objects below a folder (`packs`, `index`, `snapshots`), in no order. A folder that is not
  /// there is empty.
  func list(_ folder: String) throws(FSError) -> [StoredObject]

  /// Removes an object; a missing one is success.
  func remove(_ name: String) throws(FSError)

  /// Gives an object a name that nothing has. Of several callers one succeeds.
  ///
  /// - Throws: `notFound`.
  func rename(_ name: String, to target: String) throws(FSError)

  /// Removes what writes that never finished have left. Only under the repository's lock.
  func removeLeftovers() throws(FSError)
}

public struct StoredObject: Sendable, Equatable {
  public var name: String
  /// Bytes.
  public var size: UInt64

  public init(name: String, size: UInt64) {
    self.name = name
    self.size = size
  }
}

/// Names of objects.
enum ObjectName {
  static let lock = "lock"
  static let vacuum = "vacuum"

  static func pack(_ id: ContentID) -> String { "packs/\(id.hex.prefix(2))/\(id.hex)" }
  static func index(_ id: ContentID) -> String { "index/\(id.hex)" }
  static func snapshot(_ id: ContentID) -> String { "snapshots/\(id.hex)" }

  /// The id in an object's name; nil for a name that no repository gives.
  static func id(_ name: String) -> ContentID? {
    name.split(separator: "/").last.flatMap { ContentID(hex: $0) }
  }
}
