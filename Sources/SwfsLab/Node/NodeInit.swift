import Glibc
import SwfsCore

/// The first process of a node: makes the node's own view of the machine, then supervises.
///
/// It runs as process 1 of a PID namespace, so when it ends the kernel ends every process of
/// the node with it: that is what a power cut looks like from inside, and why nothing is left.
struct NodeInit {
  let layout: NodeLayout
  let hostName: String
  /// Starts every service at once, as a machine does that boots.
  let startsServices: Bool

  /// Never returns unless the node cannot be set up.
  func run() throws(LabError) {
    try NodeView(layout: layout, hostName: hostName).enter()
    let supervisor = Supervisor(layout: layout)
    supervisor.load(try Files.readJSON([ServiceSpec].self, from: layout.services))
    supervisor.run()
    if startsServices { try supervisor.start(nil) }
    let listener = try LineSocket.listen(layout.control)
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else {
        SwfsCore.pause(seconds: 0.05)
        continue
      }
      startThread("control") {
        Self.serve(connection, supervisor, layout)
        close(connection)
      }
    }
  }

  private static func serve(_ connection: Int32, _ supervisor: Supervisor, _ layout: NodeLayout) {
    guard let line = LineSocket.readLine(connection, seconds: 5) else { return }
    var reply = ControlReply()
    do throws(LabError) {
      let request = try JSON.decode(ControlRequest.self, from: line)
      try carryOut(request, supervisor, layout)
      reply.services = try supervisor.status(request.service)
    } catch {
      reply.error = error.summary
    }
    // A reply that cannot be encoded or sent leaves the caller with "no answer".
    guard let text = try? JSON.encode(reply) else { return }
    _ = LineSocket.writeLine(text, to: connection)
  }

  private static func carryOut(
    _ request: ControlRequest, _ supervisor: Supervisor, _ layout: NodeLayout
  ) throws(LabError) {
    switch request.verb {
    case .status: break
    case .start: try supervisor.start(request.service)
    case .stop: try supervisor.stop(request.service)
    case .reload: supervisor.load(try Files.readJSON([ServiceSpec].self, from: layout.services))
    case .kill, .pause, .resume:
      guard let service = request.service else { throw LabError("which service?") }
      switch request.verb {
      case .kill: try supervisor.kill(service, staysDown: request.staysDown ?? false)
      default: try supervisor.pause(service, request.verb == .pause)
      }
    }
  }
}
