/// One request to a node's init, a line of JSON on its socket.
struct ControlRequest: Sendable, Codable {
  enum Verb: String, Sendable, Codable {
    /// What runs; changes nothing.
    case status
    /// Starts a service, or all of them when none is named. Fine when it already runs; a
    /// frozen one goes on.
    case start
    /// Ends it in an orderly way, by force after its grace; it stays down.
    case stop
    /// SIGKILL. The restart policy brings it back unless `staysDown`.
    case kill
    /// SIGSTOP to all its processes: it keeps its sockets and answers nothing.
    case pause
    case resume
    /// Takes the list of services from the file again; running ones are left alone.
    case reload
  }

  var verb: Verb
  var service: String?
  var staysDown: Bool?
}

/// The answer, a line of JSON.
struct ControlReply: Sendable, Codable {
  /// Why the request was not carried out.
  var error: String?
  var services: [ServiceStatus] = []
}

/// One service as its supervisor sees it.
struct ServiceStatus: Sendable, Codable, Equatable {
  enum State: String, Sendable, Codable {
    case running, paused, restarting, stopped
  }

  var name: String
  var state: State
  /// In the node's own process table.
  var pid: Int32?
  var restarts: Int
  var lastExit: String?
  /// Since its last start; nil when it does not run.
  var runningSeconds: Double?
}
