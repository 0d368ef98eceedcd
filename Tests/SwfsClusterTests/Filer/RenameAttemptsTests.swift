import SwfsCore
import Testing

@testable import SwfsCluster

@Suite struct RenameAttemptsTests {
  private let missing = FSError(.notFound, "no entry")

  private func after(_ attempts: inout RenameAttempts, _ outcome: RenameAttempts.Outcome) -> String
  {
    switch attempts.after(outcome) {
    case .done: "done"
    case .fail(let error): error.code.rawValue
    case .look: "look"
    }
  }

  private func seeing(
    _ attempts: inout RenameAttempts, _ evidence: RenameAttempts.Evidence
  ) -> String {
    switch attempts.after(evidence) {
    case .done: "done"
    case .fail(let error): error.code.rawValue
    case .repeat: "repeat"
    }
  }

  @Test func clearAnswersStand() {
    var attempts = RenameAttempts()
    #expect(after(&attempts, .moved) == "done")
    #expect(after(&attempts, .refused(missing)) == "notFound")
    #expect(after(&attempts, .refused(FSError(.notEmpty, ""))) == "notEmpty")
  }

  @Test func lostAnswerOfASuccessIsSuccess() {
    var attempts = RenameAttempts()
    #expect(after(&attempts, .unclear("lost")) == "look")
    #expect(seeing(&attempts, .moved) == "done")
  }

  @Test func lateSuccessMakesTheRepeatSayNotFound() {
    var attempts = RenameAttempts()
    _ = after(&attempts, .unclear("lost"))
    #expect(seeing(&attempts, .notMoved) == "repeat")
    #expect(after(&attempts, .refused(missing)) == "look")
    #expect(seeing(&attempts, .moved) == "done")
  }

  @Test func fileThatIsGoneIsReportedAsNotFound() {
    var attempts = RenameAttempts()
    _ = after(&attempts, .unclear("lost"))
    #expect(seeing(&attempts, .gone) == "notFound")
  }

  @Test func otherRefusalsAfterALostAnswerStand() {
    var attempts = RenameAttempts()
    _ = after(&attempts, .unclear("lost"))
    #expect(after(&attempts, .refused(FSError(.notEmpty, ""))) == "notEmpty")
  }
}
