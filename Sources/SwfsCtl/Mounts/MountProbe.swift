import Glibc
import SwfsCore
import Synchronization

/// Whether mounts answer. Asked in threads of their own: a mount that hangs must not hang the question.
enum MountProbe {
  struct Space: Equatable, Sendable {
    var totalBytes: UInt64
    var freeBytes: UInt64
  }

  enum Answer: Equatable, Sendable {
    case answers(Space)
    case fails(String)
    case hangs
  }

  static let seconds = 3.0

  static func ask(_ mounts: [LocalMount]) -> [Answer] {
    let answers = Monitor<[Int: Answer]>([:])
    for (index, mount) in mounts.enumerated() {
      startThread("swfs-statfs") {
        let answer = ask(mount.mountPoint)
        answers.update { $0[index] = answer }
      }
    }
    _ = answers.wait(until: Deadline(secondsFromNow: seconds)) {
      $0.count == mounts.count ? true : nil
    }
    let known = answers.withLock { $0 }
    return mounts.indices.map { known[$0] ?? .hangs }
  }

  private static func ask(_ path: String) -> Answer {
    var space = statvfs()
    guard statvfs(path, &space) == 0 else { return .fails(String(cString: strerror(errno))) }
    let block = UInt64(space.f_frsize)
    return .answers(
      Space(
        totalBytes: block.multipliedReportingOverflow(by: UInt64(space.f_blocks)).partialValue,
        freeBytes: block.multipliedReportingOverflow(by: UInt64(space.f_bavail)).partialValue))
  }

  static func group(_ mounts: [LocalMount]) -> StatusReport.Group {
    let parts = zip(mounts, ask(mounts)).map { mount, answer -> StatusReport.Part in
      var part = StatusReport.Part(mount.mountPoint)
      part.fact("type", mount.type)
      part.fact("source", mount.source)
      if let process = mount.process { part.fact("process", Int(process.id)) }
      if mount.isReadOnly { part.fact("read-only", true) }
      switch answer {
      case .answers(let space):
        part.fact("free", bytes: space.freeBytes)
        part.fact("total", bytes: space.totalBytes)
      case .fails(let reason):
        part.problem(
          .down, "\(reason): its process is gone; umount -l \(mount.mountPoint) and mount again")
      case .hangs: part.problem(.down, "does not answer within \(Int(seconds)) s")
      }
      return part
    }
    return StatusReport.Group(name: "mounts here", parts: parts, isEssential: false)
  }
}
