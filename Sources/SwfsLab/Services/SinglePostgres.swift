import Glibc

/// One Postgres server on node-1.
struct SinglePostgres: LabDatabase {
  let lab: Lab
  let programs: Programs

  private static let node = NodeName.all[0]
  private static let user = "postgres"
  let port = 5432
  var hosts: [String] { [Self.node.address(in: lab.subnet)] }

  func services() -> [ServiceSpec] {
    let directory = lab.layout.service("postgres-1")
    let options = [
      "port=\(port)", "listen_addresses=*", "max_connections=300", "shared_buffers=128MB",
      "max_wal_size=512MB", "fsync=\(lab.settings.fsync ? "on" : "off")",
      "unix_socket_directories=",
      // The usual kind leaves files in /dev/shm when the server is killed.
      "dynamic_shared_memory_type=mmap",
      "log_line_prefix=%m [%p] %q%u@%d ", "log_checkpoints=off",
    ]
    return [
      ServiceSpec(
        name: "postgres-1", node: "\(Self.node)", stage: .database,
        command: [programs.postgres + "/postgres", "-D", data(directory)]
          + options.flatMap { ["-c", $0] },
        environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"],
        user: Self.user, workingDirectory: directory,
        probe: .command(
          psql + ["--command=select 1"], environment: ["PGPASSWORD": lab.settings.secrets.postgres]),
        // SIGINT is the fast shutdown; at SIGTERM it would wait for its clients to leave.
        stopSignal: SIGINT, stopGraceSeconds: 60, restart: .standard)
    ]
  }

  func prepare(_ spec: ServiceSpec) throws(LabError) {
    let directory = spec.workingDirectory
    try Files.makeDirectory(directory)
    guard !Files.exists(data(directory) + "/PG_VERSION") else { return }
    // Made beside its place and then renamed: an interrupted initdb is not taken for a database.
    let fresh = directory + "/data.new"
    try Tool.check(["rm", "-rf", "--one-file-system", fresh, data(directory)])
    try Files.makeDirectory(fresh, mode: 0o700)
    let password = directory + "/superuser"
    try Files.write(lab.settings.secrets.postgres, to: password, mode: 0o600)
    try Tool.check(["chown", "--", Self.user, fresh, password, directory])
    try Tool.check(
      [
        "setpriv", "--pdeathsig=KILL", "--reuid=\(Self.user)", "--regid=\(Self.user)",
        "--init-groups", "--",
        programs.postgres + "/initdb", "--pgdata=\(fresh)", "--username=postgres",
        "--auth=scram-sha-256", "--pwfile=\(password)", "--encoding=UTF8", "--locale=C",
        "--no-sync",
      ], seconds: 120)
    try Files.write(
      "host all,replication all all scram-sha-256\n", to: fresh + "/pg_hba.conf", mode: 0o644)
    guard rename(fresh, data(directory)) == 0, unlink(password) == 0 else {
      throw Files.failure("cannot put in place", data(directory))
    }
  }

  private func data(_ directory: String) -> String { directory + "/data" }
}
