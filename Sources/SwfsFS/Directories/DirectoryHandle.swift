import SwfsCore

/// An open directory: a cursor over its names that survives changes while it is read.
///
/// Names come in byte order, a page at a time, each page starting behind the last name of the one
/// before: whatever is created or removed meanwhile, no name that stays is skipped or seen twice.
/// Offsets count rows; the start of every page is remembered by name, so that a reader can go back.
final class DirectoryHandle: Sendable {
  /// Rows of the first page are few, so that the first names leave early; later pages are larger.
  static let firstPageRows = 512
  static let pageRows = 4096

  struct Page {
    /// Index of the first row, counted from the start of the listing.
    var start: Int
    var rows: [ListingRow]
    var lastName: EntryName?
    var isLast: Bool
    /// The directory's change sequence before the page was read.
    var sequence: UInt64
    /// The mount's `WriteClock` before the page was read.
    var readAt: UInt64
    var end: Int { start + rows.count }
  }

  private struct State {
    var page: Page?
    /// Row index → name the page with that start comes after (nil for the first).
    var starts: [(index: Int, after: EntryName?)] = [(0, nil)]
    var isBusy = false
  }

  let inode: Inode
  private let state = Monitor(State())

  init(inode: Inode) {
    self.inode = inode
  }

  /// Forgets the listing: the next read starts from the cluster again (`rewinddir`).
  func rewind(_ context: OperationContext) throws(FSError) {
    try exclusively(context) { state throws(FSError) in
      state.page = nil
      state.starts = [(0, nil)]
    }
  }

  /// The page that has row `index`, or the last one when there is no such row.
  func page(
    containing index: Int, _ context: OperationContext,
    clock: WriteClock, fetch: (_ after: EntryName?, _ limit: Int) throws(FSError) -> ListingPage
  ) throws(FSError) -> Page {
    try exclusively(context) { state throws(FSError) -> Page in
      if let page = state.page, index >= page.start, index < page.end { return page }
      var start = state.starts.last { $0.index <= index } ?? (0, nil)
      if let page = state.page, page.end <= index, page.end >= start.index {
        if page.isLast { return page }
        start = (page.end, page.lastName)
      }
      while true {
        let sequence = inode.changeSequence
        let readAt = clock.now
        let limit = start.index == 0 ? Self.firstPageRows : Self.pageRows
        let fetched = try fetch(start.after, limit)
        let page = Page(
          start: start.index, rows: fetched.rows, lastName: fetched.lastName,
          isLast: fetched.isLast, sequence: sequence, readAt: readAt)
        if let last = state.starts.last, last.index < page.start {
          state.starts.append((page.start, start.after))
        }
        state.page = page
        if index < page.end || page.isLast { return page }
        start = (page.end, page.lastName)
      }
    }
  }

  /// One reader at a time; others wait interruptibly while a page is being fetched.
  private func exclusively<R>(
    _ context: OperationContext, _ body: (inout State) throws(FSError) -> R
  ) throws(FSError) -> R {
    var taken = try state.wait(context, for: "another reader of this directory") {
      (state) throws(FSError) -> State? in
      if state.isBusy { return nil }
      state.isBusy = true
      return state
    }
    defer {
      let result = taken
      state.update { state in
        state = result
        state.isBusy = false
      }
    }
    return try body(&taken)
  }
}
