import SwfsCore
import Synchronization

@testable import SwfsBackup

/// A repository in memory. Optionally "killed" at its n-th change: that change and all after it
/// fails, as if the process were gone.
final class MemoryStore: RepositoryStore {
  struct State {
    var objects: [String: [UInt8]] = [:]
    var changes = 0
    var reads = 0
    var diesAt: Int?
    /// The change at which it dies is carried out all the same: only its answer is lost.
    var diesAfter = false
    var isDead = false
  }

  let state: Mutex<State>

  init(_ objects: [String: [UInt8]] = [:], diesAt: Int? = nil, diesAfter: Bool = false) {
    state = Mutex(State(objects: objects, diesAt: diesAt, diesAfter: diesAfter))
  }

  var location: String { "memory" }
  var objects: [String: [UInt8]] { state.withLock { $0.objects } }
  var changes: Int { state.withLock { $0.changes } }

  func names(_ folder: String) -> [String] {
    objects.keys.filter { $0.hasPrefix(folder + "/") }.sorted()
  }

  private static let killed = FSError(.remote, "killed")

  func change(_ body: (inout [String: [UInt8]]) throws(FSError) -> Void) throws(FSError) {
    try state.withLock { (state) throws(FSError) in
      if state.isDead { throw Self.killed }
      state.changes += 1
      guard state.changes == state.diesAt else { return try body(&state.objects) }
      state.isDead = true
      if state.diesAfter { try body(&state.objects) }
      throw Self.killed
    }
  }

  private func look<R>(_ body: ([String: [UInt8]]) throws(FSError) -> R) throws(FSError) -> R {
    try state.withLock { (state) throws(FSError) in
      if state.isDead { throw Self.killed }
      state.reads += 1
      return try body(state.objects)
    }
  }

  func read(_ name: String) throws(FSError) -> [UInt8] {
    try look { (objects) throws(FSError) in
      guard let bytes = objects[name] else { throw FSError(.notFound, "no object \(name)") }
      return bytes
    }
  }

  func read(_ name: String, offset: UInt64, count: Int) throws(FSError) -> [UInt8] {
    let bytes = try read(name)
    guard let start = Int(exactly: offset), start + count <= bytes.count else {
      throw FSError(.corrupt, "\(name): ends too early")
    }
    return Array(bytes[start..<start + count])
  }

  func write(_ name: String, _ bytes: [UInt8]) throws(FSError) {
    try change { $0[name] = bytes }
  }

  func create(_ name: String, _ bytes: [UInt8]) throws(FSError) {
    try change { (objects) throws(FSError) in
      guard objects[name] == nil else { throw FSError(.exists, name) }
      objects[name] = bytes
    }
  }

  func list(_ folder: String) throws(FSError) -> [StoredObject] {
    try look { objects in
      objects.filter { $0.key.hasPrefix(folder + "/") }
        .map { StoredObject(name: $0.key, size: UInt64($0.value.count)) }
    }
  }

  func remove(_ name: String) throws(FSError) { try change { $0[name] = nil } }

  func rename(_ name: String, to target: String) throws(FSError) {
    try change { (objects) throws(FSError) in
      guard let bytes = objects.removeValue(forKey: name) else {
        throw FSError(.notFound, name)
      }
      objects[target] = bytes
    }
  }

  func removeLeftovers() throws(FSError) {}
}
