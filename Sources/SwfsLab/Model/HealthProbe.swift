/// How to see that a service is useful, from outside its node.
enum HealthProbe: Sendable, Codable, Equatable {
  /// The command, run on the host, exits 0.
  case command([String], environment: [String: String])
}
