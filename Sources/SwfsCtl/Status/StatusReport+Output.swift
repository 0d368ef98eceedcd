extension StatusReport {
  /// The screen: a line for each part, reasons below it.
  var lines: [String] {
    var lines: [String] = []
    for group in groups {
      lines.append("\(Units.left(group.name, 18)) \(group.state.word)")
      for problem in group.problems { lines.append("  ! \(problem)") }
      for part in group.parts {
        let mark = part.state == .fine ? " " : part.state == .degraded ? "~" : "x"
        let facts = part.facts.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
        lines.append(
          "  \(mark) \(facts.isEmpty ? part.name : Units.left(part.name, 22) + "  " + facts)")
        for problem in part.problems { lines.append("      ! \(problem)") }
      }
    }
    lines.append("")
    lines.append("cluster: \(state.word)")
    return lines
  }

  var json: JSONText {
    var text = JSONText()
    text.object { text in
      text.field("state", state.word)
      text.key("groups")
      text.array { text in
        for group in groups { text.write(group) }
      }
    }
    return text
  }
}

extension StatusReport.Fact {
  fileprivate var text: String {
    switch value {
    case .text(let text): text
    case .number(let number): String(number)
    case .flag(let flag): flag ? "yes" : "no"
    case .bytes(let bytes): Units.text(bytes: bytes)
    }
  }

  /// `free bytes` becomes `free_bytes`.
  fileprivate var key: String { String(name.map { $0 == " " ? "_" : $0 }) }
}

extension JSONText {
  fileprivate mutating func write(_ group: StatusReport.Group) {
    object { text in
      text.field("name", group.name)
      text.field("state", group.state.word)
      text.field("problems", group.problems)
      text.key("parts")
      text.array { text in
        for part in group.parts { text.write(part) }
      }
    }
  }

  private mutating func write(_ part: StatusReport.Part) {
    object { text in
      text.field("name", part.name)
      text.field("state", part.state.word)
      text.field("problems", part.problems)
      for fact in part.facts {
        switch fact.value {
        case .text(let value): text.field(fact.key, value)
        case .number(let value): text.field(fact.key, value)
        case .flag(let value): text.field(fact.key, value)
        case .bytes(let value): text.field(fact.key + "_bytes", value)
        }
      }
    }
  }
}
