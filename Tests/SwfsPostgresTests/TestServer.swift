import Glibc
import Synchronization
import Testing

@testable import SwfsPostgres

/// A throw-away PostgreSQL: a temporary one on a unix socket, or the one that `SWFS_TEST_POSTGRES`
/// (conninfo of a superuser) names.
///
/// The temporary server runs under a shell that ends it and removes its files as soon as this process
/// is gone, however it ended.
final class TestServer: Sendable {
  let conninfo: String
  /// Socket directory; nil for a server that is not ours to stop.
  let directory: String?

  /// Whether tests can have servers of their own, to stop and to kill.
  static let canStart = access(binaries + "/initdb", X_OK) == 0
  /// Whether there is any server to test with.
  static let isAvailable = canStart || getenv("SWFS_TEST_POSTGRES") != nil
  private static let binaries = "/usr/lib/postgresql/15/bin"

  /// The server for tests that do not disturb it.
  static let shared = Result { () throws -> TestServer in
    if let given = getenv("SWFS_TEST_POSTGRES") {
      return TestServer(conninfo: String(cString: given), directory: nil)
    }
    return try TestServer()
  }

  private init(conninfo: String, directory: String?) {
    self.conninfo = conninfo
    self.directory = directory
  }

  init() throws {
    let path = try Shell.run("mktemp -d /tmp/swfs-pg-XXXXXX").trimmedLine
    directory = path
    conninfo = "host=\(path) user=postgres dbname=postgres"
    // Owned by the server's user, who also removes it in the end.
    try Shell.run("[ $(id -u) != 0 ] || chown postgres \(path)")
    try Shell.run(
      "\(Self.asPostgres) \(Self.binaries)/initdb -D \(path)/data -A trust -U postgres --no-sync"
        + " --locale=C.UTF-8 -E UTF8")
    // Roles in the group `with_password` are asked for one.
    try Shell.run(
      #"sed -i '1i local all +with_password scram-sha-256' \#(path)/data/pg_hba.conf"#)
    try start()
  }

  deinit {
    guard let directory else { return }
    // After `kill` nobody watches any more.
    let command =
      "if [ -e \(directory)/keep ]; then rm -rf \(directory); else touch \(directory)/stop; fi"
    do {
      try Shell.run(command)
    } catch {
      Issue.record(error)
    }
  }

  /// Starts the server and waits until it answers.
  func start() throws {
    guard let directory else { return }
    try Shell.run("rm -f \(directory)/keep")
    let settings =
      "-c unix_socket_directories=\(directory) -c listen_addresses= -c fsync=off"
      + " -c max_connections=60 -c shared_buffers=32MB"
    // The watcher ends the server when this process or the server object is gone.
    let watcher = """
      exec >>\(directory)/log 2>&1 </dev/null; cd /; echo $$ >\(directory)/watcher
      \(Self.binaries)/postgres -D \(directory)/data \(settings) & server=$!
      while [ -d /proc/\(getpid()) ] && kill -0 $server 2>/dev/null \
      && [ ! -e \(directory)/stop ]; do sleep 0.2; done
      [ -e \(directory)/keep ] && [ -d /proc/\(getpid()) ] && exit 0
      kill -CONT $server 2>/dev/null; kill -QUIT $server 2>/dev/null; wait $server
      rm -rf \(directory)/* ; rmdir \(directory)
      """
    let script = directory + "/watch.sh"
    try Shell.write(watcher, to: script)
    try Shell.run("setsid \(Self.asPostgres) sh \(script) >/dev/null 2>&1 &")
    try Shell.run(
      "for i in $(seq 300); do \(Self.binaries)/pg_isready -q -h \(directory) && exit 0;"
        + " sleep 0.1; done; cat \(directory)/log; exit 1")
  }

  /// Ends the server at once, as a crash does, and keeps its files.
  func kill() throws {
    try signalAll("KILL", keep: true)
  }

  /// Freezes or thaws the server with all its sessions, as a cut network does.
  func freeze() throws { try signalAll("STOP", keep: false) }
  func thaw() throws { try signalAll("CONT", keep: false) }

  private func signalAll(_ signal: String, keep: Bool) throws {
    guard let directory else { return }
    if keep { try Shell.run("touch \(directory)/keep") }
    // The server and its sessions: children first, so that none is restarted meanwhile.
    try Shell.run(
      "server=$(head -1 \(directory)/data/postmaster.pid); kill -STOP $server;"
        + " kill -\(signal) $(cat /proc/$server/task/*/children) $server 2>/dev/null; true")
    guard keep else { return }
    // The watcher leaves the files alone; the next start must not meet the old locks.
    try Shell.run(
      "while kill -0 $(cat \(directory)/watcher) 2>/dev/null; do sleep 0.1; done;"
        + " rm -f \(directory)/data/postmaster.pid \(directory)/.s.PGSQL.5432*")
  }

  private static var asPostgres: String { getuid() == 0 ? "runuser -u postgres --" : "" }
}

/// Runs shell commands: servers and psql are processes of their own.
enum Shell {
  struct Failed: Error, CustomStringConvertible {
    let command: String
    let status: Int32
    let output: String
    var description: String { "exit \(status): \(command)\n\(output)" }
  }

  /// - Returns: standard output and standard error.
  @discardableResult
  static func run(_ command: String) throws -> String {
    let (status, output) = try attempt(command)
    guard status == 0 else { throw Failed(command: command, status: status, output: output) }
    return output
  }

  static func attempt(_ command: String) throws -> (status: Int32, output: String) {
    guard let pipe = popen("exec 2>&1; " + command, "r") else {
      throw Failed(command: command, status: -1, output: "popen failed")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      guard count > 0 else { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    let status = pclose(pipe)
    return ((status >> 8) & 0xff | status & 0x7f, String(decoding: bytes, as: UTF8.self))
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else {
      throw Failed(command: "write \(path)", status: errno, output: "")
    }
    fputs(text, file)
    fclose(file)
  }
}
