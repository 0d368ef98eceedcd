import ArgumentParser
import SwfsCore

/// `swfs-ctl mounts`.
struct MountsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mounts",
    abstract: "SeaweedFS mounts of this machine, and whether they answer.",
    discussion: "Exit codes: 0 all answer (or there is none), 1 some do not.")

  @Flag(help: "One JSON object for each mount, one a line.")
  var json = false

  func run() throws {
    let mounts = try LocalMount.all()
    let output = ByteSink.standardOutput()
    var isFine = true
    for (mount, answer) in zip(mounts, MountProbe.ask(mounts)) {
      let state: String
      var space: MountProbe.Space?
      switch answer {
      case .answers(let found):
        state = "answers"
        space = found
      case .fails(let reason): state = "fails: \(reason)"
      case .hangs: state = "hangs"
      }
      isFine = isFine && space != nil
      if json {
        try output.line(Self.json(mount, state, space))
      } else {
        let process = mount.process.map { "process \($0.id)" } ?? "process unknown"
        let metrics = mount.process?.metrics.map { ", metrics \($0)" } ?? ""
        try output.line(
          "\(mount.mountPoint)  \(mount.type)  \(mount.source)  \(state)  \(process)\(metrics)")
      }
    }
    try output.flush()
    if !isFine { throw ExitStatus.findings }
  }

  private static func json(
    _ mount: LocalMount, _ state: String, _ space: MountProbe.Space?
  ) -> JSONText {
    var text = JSONText()
    text.object { text in
      text.field("mountpoint", mount.mountPoint)
      text.field("type", mount.type)
      text.field("source", mount.source)
      text.field("read_only", mount.isReadOnly)
      text.field("state", state)
      if let space {
        text.field("total_bytes", space.totalBytes)
        text.field("free_bytes", space.freeBytes)
      }
      if let process = mount.process {
        text.field("process", process.id)
        text.field("metrics", ifAny: process.metrics)
      }
    }
    return text
  }
}
