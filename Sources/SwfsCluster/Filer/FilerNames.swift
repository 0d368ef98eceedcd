public import SwfsCore
import SwfsObserve
import SwfsProto
import SwfsTransport
import SwiftProtobuf

/// The names plane over filer gRPC: what answers while Postgres does not, or is not configured.
public final class FilerNames: NameSource {
  private let calls: FilerCalls

  public init(_ calls: FilerCalls) {
    self.calls = calls
  }

  public func lookup(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry {
    if path.isRoot { return .filerRoot }
    let entry = try calls.lookup(path, context)
    Metrics.namesFromFiler.add()
    if entry.hasExpired(nowSeconds: Timestamp.now.seconds) {
      throw FSError(.notFound, "\(path) has expired")
    }
    return entry
  }

  public func list(
    _ directory: EntryPath, after: EntryName?, limit: Int, _ context: OperationContext
  ) throws(FSError) -> ListingPage {
    var request = FilerPb_ListEntriesRequest()
    request.directory = directory.string
    request.startFromFileName = after?.string ?? ""
    request.limit = UInt32(clamping: max(limit, 1))
    let method = FilerMethod.list
    let bytes = try calls.encode(request, method)
    let now = Timestamp.now.seconds
    let page = try calls.pool.call(method.callClass, method.name, context) {
      (channel, attempt) -> EndpointPool.Attempt<ListingPage> in
      var assembly = ListingAssembly(directory, after: after, limit: limit, nowSeconds: now)
      do throws(GRPCError) {
        let stream = try channel.open(method.path, bytes, attempt)
        // The attempt's time is for the first message; a long page may stream for longer.
        var patience = attempt
        while case .messages(let messages) = try stream.next(patience) {
          for message in messages { assembly.add(message) }
          patience = context.attempt(seconds: method.callClass.attemptSeconds)
        }
      } catch {
        if let failure: EndpointPool.Attempt<ListingPage> = .transport(error, method.callClass) {
          return failure
        }
        guard case .status(let status) = error.kind else { return .failed(.outage, "\(error)") }
        guard let code = FilerRefusal.code(status) else { return .failed(.outage, "\(status)") }
        return .refused(FSError(code, "listing of \(directory): \(status.message)"))
      }
      return .answer(assembly.page)
    }
    Metrics.namesFromFiler.add()
    Metrics.rowsFromFiler.add(page.rows.count)
    return page
  }
}
