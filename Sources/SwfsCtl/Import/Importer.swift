import SwfsCluster
import SwfsCore

/// Makes entries again through the filers, one at a time or many: directories in order, files in
/// parallel. Thread-safe, except for `run`.
struct Importer: Sendable {
  enum Outcome: Sendable, Equatable {
    case created
    case replaced
    /// The same entry is there already.
    case same
    /// Another entry is there, and stays.
    case different(TreeDifference.Change)
    case refused(String)
    case failed(String)
  }

  let store: FilerClient
  /// For the question whether needles exist; nil: not asked.
  let chunks: VolumeChunkStore?
  let overwrites: Bool
  let isDryRun: Bool

  static let seconds = 120.0

  /// - Parameter objection: why the entry must not be made, unless it is there already.
  func take(_ record: EntryRecord, objection: String?) -> Outcome {
    guard record.includesChunks else {
      return .refused("the export was made without chunks, so its bytes are unknown")
    }
    do throws(FSError) {
      return try write(record, objection)
    } catch {
      return .failed(ErrorText.line(for: error))
    }
  }

  private func write(_ record: EntryRecord, _ objection: String?) throws(FSError) -> Outcome {
    let context = OperationContext.background(seconds: Self.seconds)
    let directory = record.path.parent
    let existing = try current(record.path, context)
    if let existing {
      let changes = try TreeDifference.Print(existing).changes(
        to: try TreeDifference.Print(record.entry))
      if changes.isEmpty { return .same }
      if let objection { return .refused(objection) }
      guard overwrites else { return .different(changes) }
      let kinds = (existing.attributes.mode.kind, record.entry.attributes.mode.kind)
      if (kinds.0 == .directory) != (kinds.1 == .directory) {
        return .refused("a \(kinds.0.word) is there and would have to be removed first")
      }
      if !existing.hardLinkID.isEmpty && existing.hardLinkID != record.entry.hardLinkID {
        return .refused("a file with several names is there")
      }
    } else {
      if let objection { return .refused(objection) }
      try parentMustExist(directory, context)
    }
    if let problem = try missingNeedle(record.entry, context) { return .refused(problem) }
    if isDryRun { return existing == nil ? .created : .replaced }
    if let existing {
      try store.update(record.entry, in: directory, precondition: .equal(existing), context)
      return .replaced
    }
    try store.create(record.entry, in: directory, precondition: .absent, context)
    return .created
  }

  private func current(
    _ path: EntryPath, _ context: OperationContext
  ) throws(FSError) -> Entry? {
    do throws(FSError) {
      return try store.current(path, context)
    } catch  where error.code == .notFound {
      return nil
    }
  }

  private func parentMustExist(
    _ directory: EntryPath, _ context: OperationContext
  ) throws(FSError) {
    // A dry run has not made the directories of the export.
    if isDryRun || directory.isRoot { return }
    guard let parent = try current(directory, context), parent.attributes.mode.kind == .directory
    else {
      throw FSError(
        .notFound, "directory \(directory) does not exist: make it, or import an export that has it"
      )
    }
  }

  private func missingNeedle(
    _ entry: Entry, _ context: OperationContext
  ) throws(FSError) -> String? {
    guard let chunks else { return nil }
    var needles = entry.chunks
    if needles.contains(where: \.isManifest) {
      do throws(FSError) {
        needles += try chunks.expandManifests(needles.filter(\.isManifest), context)
      } catch  where error.code == .chunkMissing {
        return "a list of chunks does not exist any more (\(error.message))"
      }
    }
    for chunk in needles {
      let presence = try chunks.presence(of: chunk, context)
      if presence.isMissing {
        return "chunk \(chunk.fid?.description ?? chunk.fileIDText) does not exist any more"
      }
      if presence.holders.isEmpty {
        throw FSError(
          .unavailable,
          "no server of chunk \(chunk.fid?.description ?? "?") answers: \(presence.silent)")
      }
    }
    return nil
  }
}
