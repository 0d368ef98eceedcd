/// One service as data: what to run, where, as whom, and how it is stopped and watched.
///
/// The supervisor on a node knows nothing else about a service, so a list made from other
/// sources (a Swarm stack file, say) runs just the same.
struct ServiceSpec: Sendable, Codable, Equatable {
  /// Unique in the lab, such as `filer-2`.
  var name: String
  var node: String
  /// Services of a lower stage serve before those of a higher one are started by `up`.
  var stage: Stage
  /// Absolute program path and arguments.
  var command: [String]
  /// The whole environment of the process: nothing is inherited.
  var environment: [String: String]
  /// Runs as this user; nil is root.
  var user: String?
  var workingDirectory: String
  var probe: HealthProbe
  /// What asks it to end, before SIGKILL after the grace.
  var stopSignal: Int32
  var stopGraceSeconds: Double
  var restart: RestartPolicy

  /// The order of starting.
  enum Stage: Int, Sendable, Codable, Comparable, CaseIterable {
    case database, masters, volumes, filers, gateways

    static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
  }
}
