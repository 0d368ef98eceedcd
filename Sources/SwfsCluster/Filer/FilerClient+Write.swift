public import SwfsCore
import SwfsObserve
import SwfsProto

extension FilerClient {
  /// The request skips the filer's check for a parent: without the check a missing parent would be made
  /// silently, with the child's owner and mode, *after* the child's row; a directory removed by
  /// another mount would come back from the dead. With it a create that races with an rmdir leaves an
  /// unreachable row, the lesser harm, and saves the filer a lookup. Callers check that the parent
  /// exists.
  public func create(
    _ entry: Entry, in directory: EntryPath, precondition: WritePrecondition,
    _ context: OperationContext
  ) throws(FSError) {
    let entry = entry.recognisable
    var request = FilerPb_CreateEntryRequest()
    request.directory = directory.string
    request.entry = entry.message
    request.oExcl = precondition == .absent
    request.signatures = [calls.identity.signature]
    request.skipCheckParentDirectory = true
    if let condition = WriteGuard.condition(precondition) { request.condition = condition }
    var uncertain = false
    do {
      try calls.unary(.create, request, context, uncertain: &uncertain) {
        (reply: FilerPb_CreateEntryResponse) -> FilerCalls.Verdict<Void> in
        if reply.error.isEmpty && reply.errorCode == .ok { return .answer(()) }
        guard let code = FilerRefusal.code(create: reply.errorCode, reply.error) else {
          return .outage("create: \(reply.error)")
        }
        return .refuse(code, "\(directory.appending(entry.name)): \(reply.error)")
      }
    } catch {
      guard uncertain, error.code == .exists || error.code == .preconditionFailed else {
        throw error
      }
      try resolve(entry, in: directory, error, context)
    }
  }

  public func update(
    _ entry: Entry, in directory: EntryPath, precondition: WritePrecondition,
    _ context: OperationContext
  ) throws(FSError) {
    if precondition == .absent {
      throw FSError(.invalidArgument, "an update of an absent entry")
    }
    var request = FilerPb_UpdateEntryRequest()
    request.directory = directory.string
    request.entry = entry.message
    request.signatures = [calls.identity.signature]
    if let condition = WriteGuard.condition(precondition) { request.condition = condition }
    var uncertain = false
    do {
      try calls.unary(.update, request, context, uncertain: &uncertain) {
        (_: FilerPb_UpdateEntryResponse) -> FilerCalls.Verdict<Void> in .answer(())
      }
    } catch {
      guard uncertain, error.code == .preconditionFailed else { throw error }
      try resolve(entry, in: directory, error, context)
    }
  }

  /// An earlier attempt may have been carried out: the refusal stands unless our entry is there.
  private func resolve(
    _ entry: Entry, in directory: EntryPath, _ refusal: FSError, _ context: OperationContext
  ) throws(FSError) {
    let path = directory.appending(entry.name)
    let stored: Entry
    do { stored = try calls.lookup(path, context) } catch {
      throw error.code == .notFound ? refusal : error
    }
    guard entry.isStored(as: stored) else { throw refusal }
    Log.info("\(path): the write had been carried out, only its answer was lost")
  }

  public func delete(
    _ path: EntryPath, recursive: Bool, freeChunks: Bool, _ context: OperationContext
  ) throws(FSError) {
    var request = FilerPb_DeleteEntryRequest()
    request.directory = path.parent.string
    request.name = path.name.string
    request.isDeleteData = freeChunks
    request.isRecursive = recursive
    request.signatures = [calls.identity.signature]
    try calls.unary(recursive ? .deleteTree : .delete, request, context) {
      (reply: FilerPb_DeleteEntryResponse) -> FilerCalls.Verdict<Void> in
      if reply.error.isEmpty { return .answer(()) }
      switch FilerRefusal.code(delete: reply.error) {
      case .notFound: return .answer(())
      case .some(let code): return .refuse(code, "\(path): \(reply.error)")
      case nil: return .outage("delete: \(reply.error)")
      }
    }
  }
}

extension Entry {
  /// The entry with an inode number, if it has none: a random one makes a write recognisable when its
  /// answer is lost. Hard links keep theirs, since all names of a file share the filer's number.
  fileprivate var recognisable: Entry {
    guard attributes.inode == 0, hardLinkID.isEmpty else { return self }
    var copy = self
    copy.attributes.inode = UInt64.random(in: 1 << 32...UInt64.max)
    return copy
  }
}

/// A precondition in the filer's words.
enum WriteGuard {
  static func condition(_ precondition: WritePrecondition) -> FilerPb_WriteCondition? {
    guard case .equal(let expected) = precondition else { return nil }
    var clause = FilerPb_WriteCondition.Clause()
    clause.kind = .ifEntryEqual
    clause.expectedEntry = expected.message
    var condition = FilerPb_WriteCondition()
    condition.clauses = [clause]
    return condition
  }
}
