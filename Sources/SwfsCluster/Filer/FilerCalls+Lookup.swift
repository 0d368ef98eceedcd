import SwfsCore
import SwfsProto

extension FilerCalls {
  /// The entry as a filer has it now.
  ///
  /// - Throws: `notFound`.
  func lookup(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry {
    var request = FilerPb_LookupDirectoryEntryRequest()
    request.directory = path.parent.string
    request.name = path.name.string
    return try unary(.lookup, request, context) {
      (reply: FilerPb_LookupDirectoryEntryResponse) -> Verdict<Entry> in
      guard reply.hasEntry else { return .outage("lookup of \(path): a reply without an entry") }
      return .answer(Entry(reply.entry))
    }
  }
}
