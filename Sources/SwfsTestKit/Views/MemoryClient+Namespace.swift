public import SwfsCore
import Synchronization

extension MemoryClient: NamespaceStore {
  public func create(
    _ entry: Entry, in directory: EntryPath, precondition: WritePrecondition,
    _ context: OperationContext
  ) throws(FSError) {
    try faults.run(.create, directory.appending(entry.name), context) { () throws(FSError) in
      try cluster.change(by: number) { state, now throws(FSError) in
        try state.filer.create(entry, in: directory, precondition, now: now)
      }
    }
  }

  public func update(
    _ entry: Entry, in directory: EntryPath, precondition: WritePrecondition,
    _ context: OperationContext
  ) throws(FSError) {
    try faults.run(.update, directory.appending(entry.name), context) { () throws(FSError) in
      try cluster.change(by: number) { state, now throws(FSError) in
        try state.filer.update(entry, in: directory, precondition, now: now)
      }
    }
  }

  public func delete(
    _ path: EntryPath, recursive: Bool, freeChunks: Bool, _ context: OperationContext
  ) throws(FSError) {
    try faults.run(.delete, path, context) { () throws(FSError) in
      try cluster.change(by: number) { state, now throws(FSError) in
        try state.filer.delete(path, recursive: recursive, freeChunks: freeChunks, now: now)
      }
    }
  }

  public func rename(
    _ source: EntryPath, to target: EntryPath, _ context: OperationContext
  ) throws(FSError) {
    try faults.run(.rename, source, context) { () throws(FSError) in
      try cluster.change(by: number) { state, now throws(FSError) in
        try state.filer.rename(source, to: target, now: now)
      }
    }
  }

  public func current(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry {
    try faults.run(.current, path, context) { () throws(FSError) -> Entry in
      guard let entry = try cluster.entry(path) else { throw FSError(.notFound, "no \(path)") }
      return entry
    }
  }

  public func materializeRemote(
    _ path: EntryPath, _ context: OperationContext
  ) throws(FSError) -> Entry {
    try faults.run(.materializeRemote, path, context) { () throws(FSError) -> Entry in
      // The filer does it, so the author hears of the change like everybody else.
      try cluster.change(by: nil) { state, now throws(FSError) -> Entry in
        guard var entry = try state.filer.find(path, now: now) else {
          throw FSError(.notFound, "no \(path)")
        }
        guard entry.remote != nil, entry.chunks.isEmpty else { return entry }
        guard let bytes = state.filer.remoteObjects[path] else {
          throw FSError(.remote, "the remote object of \(path) is gone")
        }
        let fid = try state.filer.needles.store(bytes)
        entry.chunks = [
          Chunk(
            fid: fid, offset: 0, size: UInt64(bytes.count),
            modifiedNanoseconds: now.totalNanoseconds)
        ]
        try state.filer.update(entry, in: path.parent, .none, now: now)
        return entry
      }
    }
  }

  public func statistics(_ context: OperationContext) throws(FSError) -> SpaceStatistics {
    try faults.run(.statistics, nil, context) { () throws(FSError) -> SpaceStatistics in
      cluster.state.withLock { state in
        let needles = state.filer.needles
        return SpaceStatistics(
          totalBytes: needles.capacityBytes ?? 1 << 40, usedBytes: needles.bytesStored,
          fileCount: UInt64(needles.needles.count))
      }
    }
  }

  public func configuration(
    _ context: OperationContext
  ) throws(FSError) -> FilerConfiguration {
    try faults.run(.configuration, nil, context) { () throws(FSError) -> FilerConfiguration in
      FilerConfiguration(
        masters: ["127.0.0.1:9333"], replication: "001", collection: "",
        bucketsDirectory: "/buckets", encryptsVolumeData: false, signature: 1,
        version: "8000GB 4.48 in memory")
    }
  }
}
