import SwfsCore

/// Brings a lab to the state where it really serves, from whatever state it is in.
struct LabUp {
  let plan: LabPlan
  /// Told about each step.
  let say: (String) -> Void

  private var lab: Lab { plan.lab }

  /// Seconds for all services of one stage to become healthy.
  private static let stageSecondsMax = 90.0

  func run() throws(LabError) {
    let graph = try plan.graph()
    try network()
    if lab.settings.tls { try Certificates(lab: lab).make() }
    try plan.prepareClients()
    for service in graph.services { try plan.prepare(service) }
    for node in NodeName.all {
      let layout = lab.layout.node(node)
      try Files.makeDirectory(layout.directory)
      // Passwords may stand in a service's environment.
      try Files.writeJSON(graph.on(node), to: layout.services, mode: 0o600)
      try NodePower(lab: lab).on(node, startsServices: false)
      try lab.fabric.setCable(node, connected: true)
    }
    for stage in ServiceSpec.Stage.allCases {
      let services = graph.at(stage)
      guard !services.isEmpty else { continue }
      let started = Deadline.now
      try start(services)
      if stage == .database { try plan.database.createSchema() }
      let seconds = Double(Deadline.now - started) / 1e9
      say("\(stage): \(services.map(\.name).joined(separator: " ")) (\(seconds.oneDecimal) s)")
    }
    let started = Deadline.now
    try ServingCheck(lab: lab, database: plan.database).run()
    say(
      "serving: checked through every filer (\((Double(Deadline.now - started) / 1e9).oneDecimal) s)"
    )
  }

  private func network() throws(LabError) {
    try SubnetChoice.check(lab.subnet, ownInterface: lab.layout.hostInterface)
    guard !lab.fabric.isThere else { return }
    // Nodes without their bridge are of no use: they boot again on the new one.
    for node in NodeName.all { try NodePower(lab: lab).off(node) }
    try lab.fabric.create()
  }

  private func start(_ services: [ServiceSpec]) throws(LabError) {
    for service in services {
      guard let node = NodeName(service.node) else { continue }
      try lab.control(node).ask(.start, service.name)
    }
    let deadline = Deadline(secondsFromNow: Self.stageSecondsMax)
    for service in services {
      var problem = "no answer"
      while true {
        if let failed = try Health.problem(service.probe) { problem = failed } else { break }
        guard !deadline.hasPassed else {
          let log = NodeName(service.node).map { lab.layout.node($0).log(service.name) } ?? ""
          throw LabError("\(service.name) does not serve: \(problem)", detail: Files.tail(log))
        }
        pause(seconds: 0.1)
      }
    }
  }
}

extension Double {
  /// Rounded for people, such as `3.4`.
  var oneDecimal: String {
    let tenths = Int((self * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
  }
}
