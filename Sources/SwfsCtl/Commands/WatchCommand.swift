import ArgumentParser
import Glibc
import SwfsCluster
import SwfsCore

/// `swfs-ctl watch`.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Print changes below a path as JSON lines, as they happen.",
    discussion: """
      Every filer has to be named: each tells what was written through it. A line with "event" \
      create, update, rename or delete may come twice after a break; "interrupted" says that \
      changes may be missing from here on, "resumed" that they come again: look at the tree \
      then. Runs until it is stopped, or for --seconds or --events.
      """)

  @Argument(help: "Directory or file of the namespace.")
  var path: EntryPath = .root

  @Option(help: "Stop after this many seconds.")
  var seconds: Double?

  @Option(help: "Stop after this many changes.")
  var events: Int?

  @Flag(help: "For symmetry with other commands: lines are JSON anyway.")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  func run() throws {
    let filers = try cluster.filers()
    // A filer that cannot be reached at all is worth an error, not a wait for ever.
    _ = try filers.store.configuration(.background(seconds: 10))
    let feed = FilerFeed(
      filers.addresses, tls: filers.tls, identity: filers.calls.identity, below: path)
    let queue = Monitor(WatchQueue())
    feed.start { message in
      queue.update { $0.add(message) }
    }
    defer { feed.stop() }
    let output = ByteSink.standardOutput()
    let end = seconds.map { Deadline(secondsFromNow: $0) } ?? .never
    var printed = 0
    while !end.hasPassed {
      let batch = queue.wait(until: end.capped(secondsFromNow: 3600)) { queue in
        queue.isEmpty ? nil : queue.takeAll()
      }
      for line in batch ?? [] {
        try output.line(line.json)
        if line.isChange { printed += 1 }
        if let events, printed >= events { return try output.flush() }
      }
      try output.flush()
    }
  }
}

/// Lines between the feed's threads and the printer. A reader of the pipe that stops reading must not
/// let memory grow for ever: what does not fit is dropped, and the loss is told.
struct WatchQueue {
  struct Line {
    var json: JSONText
    var isChange: Bool
  }

  static let linesMax = 100_000

  private var lines: [Line] = []
  private var isOverfull = false

  var isEmpty: Bool { lines.isEmpty }

  mutating func add(_ message: FeedMessage) {
    guard lines.count < Self.linesMax else {
      isOverfull = true
      return
    }
    lines.append(WatchLine.line(message))
  }

  mutating func takeAll() -> [Line] {
    var result = lines
    if isOverfull {
      result.append(
        WatchLine.note("interrupted", "filer", "changes came faster than they were read"))
      isOverfull = false
    }
    lines = []
    return result
  }
}

/// Messages of the feed as JSON.
enum WatchLine {
  static func line(_ message: FeedMessage) -> WatchQueue.Line {
    switch message {
    case .interrupted(let filer): note("interrupted", "filer", filer)
    case .resumed(let filer): note("resumed", "filer", filer)
    case .change(let change): WatchQueue.Line(json: json(change), isChange: true)
    }
  }

  static func note(_ event: String, _ key: String, _ value: String) -> WatchQueue.Line {
    var text = JSONText()
    text.object {
      $0.field("event", event)
      $0.field(key, value)
    }
    return WatchQueue.Line(json: text, isChange: false)
  }

  private static func json(_ change: ChangeEvent) -> JSONText {
    let old = change.oldEntry.map { change.directory.appending($0.name) }
    let new = change.newEntry.map { change.newDirectory.appending($0.name) }
    var text = JSONText()
    text.object { text in
      switch (old, new) {
      case (nil, _): text.field("event", "create")
      case (_, nil): text.field("event", "delete")
      case (let old?, let new?): text.field("event", old == new ? "update" : "rename")
      }
      if let old, let new, old != new { text.field("from", old.string) }
      guard let entry = change.newEntry ?? change.oldEntry, let path = new ?? old else { return }
      do throws(FSError) {
        text.fields(path, try entry.fileAttributes())
      } catch {
        text.field("path", path.string)
        text.field("damaged", error.message)
      }
    }
    return text
  }
}
