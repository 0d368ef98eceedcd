/// Who this mount is towards the filers. One for each process, shared by everything that talks to them.
public struct ClientIdentity: Sendable, Hashable {
  /// Goes with every write and every subscription, so that the feed leaves out our own changes.
  public let signature: Int32
  /// Number of this subscriber; unique in the cluster.
  public let clientID: Int32
  /// Owner of our advisory locks.
  public let session: UInt64
  /// Shown by `ListMetadataSubscribers`.
  public let name: String

  /// A random identity. `name` says which mount it is, for people.
  public init(name: String) {
    signature = Int32.random(in: 1...Int32.max)
    clientID = Int32.random(in: 1...Int32.max)
    session = UInt64.random(in: 1...UInt64.max)
    self.name = name
  }
}
