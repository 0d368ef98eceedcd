import SwfsCluster
import SwfsCore
import SwfsTransport

/// Asks each filer by itself, with a question that its database has to answer.
enum FilerProbe {
  struct Answer: Sendable {
    var configuration: FilerConfiguration
    var milliseconds: Int
  }

  struct Outcome: Sendable {
    var address: ServerAddress
    var result: Result<Answer, FSError>
  }

  static func ask(_ filers: FilerAccess) -> [Outcome] {
    let answers = Concurrently.map(filers.addresses) { address in
      Result { () throws(FSError) -> Answer in
        let one = try FilerAccess([address], security: filers.security)
        defer { one.calls.close() }
        let context = OperationContext.background(seconds: 4)
        let configuration = try one.store.configuration(context)
        let start = Deadline.now
        do throws(FSError) {
          _ = try one.store.current("/.swfs-probe", context)
        } catch  where error.code == .notFound {}
        return Answer(
          configuration: configuration, milliseconds: Int((Deadline.now - start) / 1_000_000))
      }
    }
    return zip(filers.addresses, answers).map { Outcome(address: $0, result: $1) }
  }

  static func group(_ answers: [Outcome]) -> StatusReport.Group {
    let parts = answers.map { answer -> StatusReport.Part in
      var part = StatusReport.Part("\(answer.address)")
      switch answer.result {
      case .failure(let error): part.problem(.down, ErrorText.line(for: error))
      case .success(let answer):
        part.fact("version", answer.configuration.version)
        part.fact("lookup ms", answer.milliseconds)
      }
      return part
    }
    var group = StatusReport.Group(name: "filers", parts: parts, isEssential: true)
    let signatures = Set(
      answers.compactMap { try? $0.result.get().configuration.signature })
    if signatures.count > 1 {
      group.problems.append("the filers do not share one database: their store ids differ")
    }
    return group
  }
}
