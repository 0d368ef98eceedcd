import Glibc
public import SwfsCore
import SwfsObserve
import Synchronization

/// The right to change a repository: one process at a time, anywhere.
///
/// Held until `release`; a thread renews the time in it, so that people see whether the owner
/// lives.
public final class RepositoryLock: Sendable {
  private let store: any RepositoryStore
  private let owner: Owner
  private let isReleased = Monitor(false)

  static let renewSeconds = 60.0

  /// Who holds a lock, as the lock object says.
  public struct Owner: Sendable, Equatable {
    public var host: String
    public var boot: String
    public var pid: Int32
    /// Start of the process in clock ticks since boot: a pid alone may be another process by now.
    public var start: String
    public var token: String
    public var what: String
    /// Unix seconds.
    public var since: Int64
    public var seen: Int64
  }

  private init(_ store: any RepositoryStore, _ owner: Owner) {
    self.store = store
    self.owner = owner
  }

  /// - Parameters:
  ///   - what: the command, for those who find the lock.
  ///   - breaks: takes a lock away from whoever holds it.
  /// - Throws: `busy` with the owner when it is held.
  public static func acquire(
    _ repository: Repository, for what: String, breaks: Bool = false
  ) throws(FSError) -> RepositoryLock {
    try acquire(repository.store, for: what, breaks: breaks)
  }

  static func acquire(
    _ store: any RepositoryStore, for what: String, breaks: Bool = false
  ) throws(FSError) -> RepositoryLock {
    let owner = try Owner.current(what)
    for _ in 0..<8 {
      do {
        try store.create(ObjectName.lock, owner.encoded())
        let lock = RepositoryLock(store, owner)
        lock.startRenewing()
        return lock
      } catch {
        guard error.code == .exists else { throw error }
      }
      try removeDead(store, breaks: breaks)
    }
    throw FSError(.busy, "the repository's lock changes hands all the time")
  }

  /// Makes room if the owner is gone for sure.
  private static func removeDead(
    _ store: any RepositoryStore, breaks: Bool
  ) throws(FSError) {
    let bytes: [UInt8]
    do { bytes = try store.read(ObjectName.lock) } catch {
      if error.code == .notFound { return }
      throw error
    }
    let holder = Owner(decoding: bytes)
    if let holder, !breaks, !holder.isGone { throw FSError(.busy, holder.explanation) }
    if holder == nil, !breaks {
      throw FSError(.busy, "the repository has a lock that makes no sense; --break-lock removes it")
    }
    // Renamed away rather than removed: when two find it dead at the same time, one succeeds.
    let grave = "lock.\(UInt64.random(in: 0...UInt64.max))"
    do { try store.rename(ObjectName.lock, to: grave) } catch {
      if error.code == .notFound { return }
      throw error
    }
    let taken = try store.read(grave)
    guard Owner(decoding: taken)?.token == holder?.token else {
      // A new owner's lock was caught: it goes back where it was. Should somebody have its place
      // meanwhile, its owner notices (`verify`).
      do { try store.create(ObjectName.lock, taken) } catch {
        guard error.code == .exists else { throw error }
      }
      return try store.remove(grave)
    }
    Log.notice("lock of a run that is gone removed: \(holder?.summary ?? "unreadable")")
    try store.remove(grave)
  }

  private func startRenewing() {
    startThread("backup-lock") { [self] in
      while isReleased.wait(
        until: Deadline(secondsFromNow: Self.renewSeconds), for: { $0 ? () : nil })
        == nil
      {
        do throws(FSError) { try renew() } catch {
          Log.warning("the repository's lock could not be renewed: \(error)")
        }
      }
    }
  }

  private func renew() throws(FSError) {
    try isReleased.withLock { (released) throws(FSError) in
      guard !released, try isStillOurs() else { return }
      var fresh = owner
      fresh.seen = Timestamp.now.seconds
      try store.write(ObjectName.lock, fresh.encoded())
    }
  }

  /// Whether nobody has broken the lock. Asked before the steps that must not be taken twice.
  ///
  /// - Throws: `busy` when it is somebody else's.
  public func verify() throws(FSError) {
    guard try isStillOurs() else {
      throw FSError(.busy, "the repository's lock was taken away from this run")
    }
  }

  private func isStillOurs() throws(FSError) -> Bool {
    do { return Owner(decoding: try store.read(ObjectName.lock))?.token == owner.token } catch {
      if error.code == .notFound { return false }
      throw error
    }
  }

  /// Gives the lock back. Later calls do nothing.
  public func release() {
    isReleased.update { released in
      guard !released else { return }
      released = true
      do throws(FSError) {
        if try isStillOurs() { try store.remove(ObjectName.lock) }
      } catch {
        Log.warning("the repository's lock could not be removed: \(error)")
      }
    }
  }
}
