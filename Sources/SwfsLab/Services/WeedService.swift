import Glibc

/// What all SeaweedFS servers of a lab have in common.
struct WeedService {
  let lab: Lab
  let programs: Programs

  func spec(
    _ kind: String, on node: NodeName, stage: ServiceSpec.Stage, arguments: [String],
    probe: String, stopGraceSeconds: Double = 20
  ) -> ServiceSpec {
    let name = "\(kind)-\(node.number)"
    let directory = lab.layout.service(name)
    return ServiceSpec(
      name: name, node: "\(node)", stage: stage,
      // Logs to standard error only: by default weed also writes log files into /tmp.
      command: [programs.weed, "-logtostderr=true"] + arguments,
      // HOME is one of the places where weed looks for configuration.
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": directory],
      user: nil, workingDirectory: directory,
      probe: .command(lab.http.command(probe), environment: [:]),
      stopSignal: SIGTERM, stopGraceSeconds: stopGraceSeconds, restart: .standard)
  }

  /// The `-ip` of a server is its identity in the cluster; it listens on loopback as well.
  func address(_ node: NodeName) -> [String] {
    ["-ip=\(node.address(in: lab.subnet))", "-ip.bind=0.0.0.0"]
  }

  /// Files in the working directory that each server finds first, so that nothing in
  /// `/etc/seaweedfs` of the host gets into the lab.
  func writeConfiguration(_ spec: ServiceSpec, _ kind: SecurityFile.Role) throws(LabError) {
    try Files.makeDirectory(spec.workingDirectory)
    let security = SecurityFile(lab: lab).text(kind)
    try Files.write(security, to: spec.workingDirectory + "/security.toml", mode: 0o600)
  }
}
