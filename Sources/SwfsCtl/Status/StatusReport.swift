/// What `status` found: groups of parts, each with a state and its reasons. A value.
struct StatusReport: Equatable {
  enum State: Int, Comparable {
    case fine, degraded, down

    static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }

    var word: String {
      switch self {
      case .fine: "fine"
      case .degraded: "degraded"
      case .down: "down"
      }
    }
  }

  /// One server, member or mount.
  struct Part: Equatable {
    var name: String
    var state: State
    /// For the screen, in order.
    var facts: [Fact] = []
    /// Why the state is not fine.
    var problems: [String] = []

    init(_ name: String, _ state: State = .fine, problems: [String] = []) {
      self.name = name
      self.state = state
      self.problems = problems
    }

    mutating func fact(_ name: String, _ value: String) {
      facts.append(Fact(name: name, value: .text(value)))
    }
    mutating func fact(_ name: String, _ value: Int) {
      facts.append(Fact(name: name, value: .number(value)))
    }
    mutating func fact(_ name: String, _ value: Bool) {
      facts.append(Fact(name: name, value: .flag(value)))
    }
    mutating func fact(_ name: String, bytes: UInt64) {
      facts.append(Fact(name: name, value: .bytes(bytes)))
    }

    /// The state becomes at least this bad.
    mutating func problem(_ state: State, _ text: String) {
      self.state = max(self.state, state)
      problems.append(text)
    }
  }

  struct Fact: Equatable {
    enum Value: Equatable {
      case text(String)
      case number(Int)
      case flag(Bool)
      case bytes(UInt64)
    }
    var name: String
    var value: Value
  }

  struct Group: Equatable {
    var name: String
    var parts: [Part]
    /// Nothing works without it: no part that answers means that the cluster is down.
    var isEssential: Bool
    /// What concerns the group as a whole, such as volumes without all their copies.
    var problems: [String] = []
    /// When the group as a whole does not do its work although parts of it answer.
    var floor = State.fine

    var state: State {
      if isEssential && !parts.contains(where: { $0.state != .down }) { return .down }
      let worst = parts.map(\.state).max() ?? .fine
      let seen = worst == .fine && problems.isEmpty ? State.fine : .degraded
      return max(seen, floor)
    }
  }

  var groups: [Group]

  var state: State {
    if groups.contains(where: { $0.isEssential && $0.state == .down }) { return .down }
    return groups.contains { $0.state != .fine } ? .degraded : .fine
  }

  var exitStatus: ExitStatus {
    switch state {
    case .fine: .success
    case .degraded: .findings
    case .down: .down
    }
  }
}
