@testable import SwfsLab

/// A lab that exists on paper only.
enum Fixtures {
  static func lab(
    jwt: Bool = false, tls: Bool = false, s3: Bool = false, state: String = "/var/lib/some/lab"
  ) throws -> Lab {
    guard let name = LabName("paper") else { throw LabError("no name") }
    let secrets = LabSettings.Secrets(
      postgres: "admin", seaweedfs: "writer", reader: "reader", jwtWrite: "write-key",
      jwtRead: "read-key", s3AccessKey: "access", s3SecretKey: "secret")
    return try Lab(
      layout: LabLayout(name: name, state: state),
      settings: LabSettings(
        name: "paper", subnet: "10.1.2.0/24", jwt: jwt, tls: tls, s3: s3, secrets: secrets))
  }

  static func plan(_ lab: Lab) throws -> LabPlan {
    LabPlan(lab: lab, programs: Programs(weed: "/bin/weed", postgres: "/bin/pg"))
  }

  static func service(_ name: String, on node: String = "node-1") -> ServiceSpec {
    ServiceSpec(
      name: name, node: node, stage: .filers, command: ["/bin/true"], environment: [:], user: nil,
      workingDirectory: "/", probe: .command(["/bin/true"], environment: [:]), stopSignal: 15,
      stopGraceSeconds: 1, restart: .standard)
  }
}
