/// What went wrong, for the person at the terminal: one line, then details such as a log's tail.
public struct LabError: Error, CustomStringConvertible, Sendable, Equatable {
  public let summary: String
  public let detail: String

  public init(_ summary: String, detail: String = "") {
    self.summary = summary
    self.detail = detail
  }

  public var description: String { detail.isEmpty ? summary : "\(summary)\n\(detail)" }
}
