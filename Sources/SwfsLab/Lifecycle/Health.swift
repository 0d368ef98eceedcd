/// Carries out health probes, on the host.
enum Health {
  /// Why the service is not useful, in one line; nil when it is.
  static func problem(_ probe: HealthProbe) throws(LabError) -> String? {
    switch probe {
    case .command(let command, let environment):
      let result = try Tool.run(command, adding: environment, seconds: 15)
      if result.succeeded { return nil }
      let words = result.errors.trimmed.split(separator: "\n").last.map(String.init)
      return words ?? "\(result.status)"
    }
  }
}
