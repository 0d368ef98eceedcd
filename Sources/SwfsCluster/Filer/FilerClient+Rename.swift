public import SwfsCore
import SwfsObserve
import SwfsProto
import SwfsTransport

extension FilerClient {
  /// Not repeatable: after a lost answer the second attempt would say that the source is missing, or,
  /// worse, move what somebody else put there. So the source is read first, and after every uncertain
  /// attempt both names are looked at.
  public func rename(
    _ source: EntryPath, to target: EntryPath, _ context: OperationContext
  ) throws(FSError) {
    let moved = try current(source, context)
    if source == target { return }
    var request = FilerPb_AtomicRenameEntryRequest()
    request.oldDirectory = source.parent.string
    request.oldName = source.name.string
    request.newDirectory = target.parent.string
    request.newName = target.name.string
    request.signatures = [calls.identity.signature]
    var attempts = RenameAttempts()
    while true {
      let outcome = send(request, context)
      switch attempts.after(outcome) {
      case .done: return
      case .fail(let error): throw error
      case .look:
        let evidence = try look(moved, source, target, context)
        Log.info("rename of \(source) to \(target) had no clear answer: \(evidence)")
        switch attempts.after(evidence) {
        case .done: return
        case .fail(let error): throw error
        case .repeat: try context.sleep(seconds: 0.1, "the rename of \(source)")
        }
      }
    }
  }

  /// One attempt on one filer.
  private func send(
    _ request: FilerPb_AtomicRenameEntryRequest, _ context: OperationContext
  ) -> RenameAttempts.Outcome {
    do {
      let bytes = try calls.encode(request, .rename)
      return try calls.pool.call(.long, FilerMethod.rename.name, context) { channel, attempt in
        do throws(GRPCError) {
          _ = try channel.unary(
            FilerMethod.rename.path, bytes, finishesAlone: FilerMethod.rename.isWrite, attempt)
          return .answer(.moved)
        } catch {
          if case .status(let status) = error.kind {
            if let code = FilerRefusal.code(rename: status) {
              return .answer(.refused(FSError(code, status.message)))
            }
            return .answer(.unclear("\(status)"))
          }
          if error.kind == .interrupted { return .refused(FSError(.interrupted, error.message)) }
          guard error.mayHaveHappened else { return .failed(.down, "\(error)") }
          return .answerInDoubt(.unclear("\(error)"), "\(error)")
        }
      }
    } catch {
      return .refused(error)
    }
  }

  private func look(
    _ moved: Entry, _ source: EntryPath, _ target: EntryPath, _ context: OperationContext
  ) throws(FSError) -> RenameAttempts.Evidence {
    if let there = try find(source, context), there.isSameFile(as: moved) { return .notMoved }
    if let there = try find(target, context), there.isSameFile(as: moved) { return .moved }
    return .gone
  }

  private func find(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry? {
    do { return try current(path, context) } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }
}
