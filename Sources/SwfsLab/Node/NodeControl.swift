import Glibc
import SwfsCore

/// A node as the commands on the host see it: its init's socket.
struct NodeControl {
  let name: NodeName
  let layout: NodeLayout

  /// Longer than the longest stop grace of a service.
  private static let answerSecondsMax = 120.0

  /// - Throws: when the node is off, or refuses the request.
  @discardableResult
  func ask(
    _ verb: ControlRequest.Verb, _ service: String? = nil, staysDown: Bool? = nil
  ) throws(LabError) -> [ServiceStatus] {
    let connection: Int32
    do {
      connection = try LineSocket.connect(layout.control)
    } catch {
      throw LabError("\(name) is off")
    }
    defer { close(connection) }
    let request = ControlRequest(verb: verb, service: service, staysDown: staysDown)
    guard LineSocket.writeLine(try JSON.encode(request), to: connection),
      let line = LineSocket.readLine(connection, seconds: Self.answerSecondsMax)
    else { throw LabError("\(name) gives no answer", detail: Files.tail(layout.initLog)) }
    let reply = try JSON.decode(ControlReply.self, from: line)
    if let error = reply.error { throw LabError("\(name): \(error)") }
    return reply.services
  }

  var isOn: Bool {
    guard let connection = try? LineSocket.connect(layout.control) else { return false }
    close(connection)
    return true
  }
}
