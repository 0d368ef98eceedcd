internal import CPostgres
public import SwfsCore

/// Where Postgres is and how to log in: the user's connection string, plus what it leaves open.
///
/// The string is libpq's own, `key=value` pairs or a `postgresql://` URI, with several hosts if there
/// are several. `PG*` variables, service and password files work as with `psql`.
/// Added when the user gave nothing else:
/// - `target_session_attrs=primary`: a standby shows rows late, and a listing has to show our own
///   writes. (`read-write` means the same but fails for a role whose sessions are read-only.)
/// - `connect_timeout=2` for each host, TCP keepalives and `tcp_user_timeout`: a host without power
///   is noticed in seconds.
/// - session options for short plans; see `planningOptions`. The user's own `options` come behind
///   ours, so they win.
public struct PostgresSettings: Sendable {
  /// Explicit keywords of the connection string.
  private let given: [String: String]
  private let defaults: [String: String]
  private(set) var hosts: [Host]
  private let userOptions: String
  private var sessionTarget: String
  let connectTimeoutSeconds: Double
  /// User, database and hosts for messages; never the password.
  public let description: String

  struct Host: Sendable, Equatable {
    var host: String?
    var address: String?
    var port: String?

    var description: String { (host ?? address ?? "local socket") + (port.map { ":\($0)" } ?? "") }
  }

  /// Session settings that make every statement an index scan.
  ///
  /// A prepared statement's generic plan sorts a large directory again for each page (1.5 s instead
  /// of 46 ms for 100,000 names), and no statistics can be relied on: so plans are made for the values
  /// at hand, and the detours are priced out. `statement_timeout` ends what a lost client left behind.
  static let planningOptions = [
    "plan_cache_mode=force_custom_plan", "enable_sort=off", "enable_bitmapscan=off",
    "enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off", "jit=off",
    "max_parallel_workers_per_gather=0", "statement_timeout=30s",
  ].map { "-c \($0)" }.joined(separator: " ")

  /// - Parameter applicationName: shown by the server for our sessions, unless the string has one.
  /// - Throws: `invalidArgument` with libpq's own words when the string cannot be understood.
  public init(conninfo: String, applicationName: String = "swfs-mount") throws(FSError) {
    let given = try Self.parse(conninfo)
    self.given = given
    let resolved = Self.resolve(given)
    func value(_ keyword: String) -> String? { given[keyword] ?? resolved[keyword] }

    hosts = try Self.hosts(
      host: value("host"), address: value("hostaddr"), port: value("port"))
    userOptions = value("options") ?? ""
    sessionTarget = value("target_session_attrs") ?? "primary"
    // libpq: 0 or less waits for ever, which we never do; 1 is taken as 2.
    let timeout = value("connect_timeout").flatMap { Double($0) } ?? 2
    connectTimeoutSeconds = timeout > 0 ? min(max(timeout, 2), 60) : 60
    var missing: [String: String] = [:]
    let network = [
      "keepalives_idle": "3", "keepalives_interval": "1", "keepalives_count": "3",
      "tcp_user_timeout": "5000", "application_name": applicationName,
    ]
    for (keyword, setting) in network where value(keyword) == nil { missing[keyword] = setting }
    defaults = missing
    let user = value("user").map { $0 + "@" } ?? ""
    let database = value("dbname").map { "/" + $0 } ?? ""
    description = user + hosts.map(\.description).joined(separator: ",") + database
  }

  /// The keywords for one attempt at one host.
  ///
  /// - Parameters:
  ///   - plain: leaves out `options`, which transaction poolers refuse.
  ///   - secondRound: whether every host has been tried for `prefer-standby` already.
  func keywords(for host: Host, plain: Bool, secondRound: Bool) -> [String: String] {
    var all = defaults.merging(given) { $1 }
    all["host"] = host.host
    all["hostaddr"] = host.address
    all["port"] = host.port
    all["client_encoding"] = "UTF8"
    // Handled here host by host: libpq's asynchronous connect never leaves a silent host.
    all["connect_timeout"] = nil
    all["target_session_attrs"] =
      sessionTarget == "prefer-standby" ? (secondRound ? "any" : "standby") : sessionTarget
    if plain {
      all["options"] = nil
    } else {
      all["options"] = Self.planningOptions + (userOptions.isEmpty ? "" : " " + userOptions)
    }
    return all
  }

  /// The same login for each host alone, whatever its role.
  var singleHosts: [PostgresSettings] {
    hosts.map { host in
      var copy = self
      copy.hosts = [host]
      copy.sessionTarget = "any"
      return copy
    }
  }

  /// The same login at another address, such as a pooler's, whatever serves there.
  ///
  /// - Parameter address: `host:port`.
  /// - Throws: `invalidArgument`.
  public func at(_ address: String) throws(FSError) -> PostgresSettings {
    let parts = address.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, UInt16(parts[1]) != nil else {
      throw FSError(.invalidArgument, "address '\(address)' is not host:port")
    }
    var copy = self
    copy.hosts = [Host(host: String(parts[0]), address: nil, port: String(parts[1]))]
    copy.sessionTarget = "any"
    return copy
  }

  var needsSecondRound: Bool { sessionTarget == "prefer-standby" }

  private static func parse(_ conninfo: String) throws(FSError) -> [String: String] {
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(conninfo, &message) else {
      defer { PQfreemem(message) }
      let reason = message.map { String(cString: $0) } ?? "out of memory"
      throw FSError(.invalidArgument, "Postgres connection string: " + reason.trimmedLine)
    }
    defer { PQconninfoFree(options) }
    return values(of: options) { _ in true }
  }

  /// What environment and service file add, found without touching the network: libpq fills in every
  /// keyword before it refuses the impossible `sslmode`.
  private static func resolve(_ given: [String: String]) -> [String: String] {
    var keywords = given
    keywords["sslmode"] = "only-resolve"
    let connection = PostgresConnection.start(keywords)
    defer { PQfinish(connection) }
    guard let connection, let options = PQconninfo(connection) else { return [:] }
    defer { PQconninfoFree(options) }
    return values(of: options) { option in
      guard let compiled = option.compiled, let value = option.val else { return true }
      return String(cString: compiled) != String(cString: value)
    }
  }

  private static func values(
    of options: UnsafeMutablePointer<PQconninfoOption>, where wanted: (PQconninfoOption) -> Bool
  ) -> [String: String] {
    var result: [String: String] = [:]
    var index = 0
    while let keyword = options[index].keyword {
      if let value = options[index].val, value.pointee != 0, wanted(options[index]) {
        result[String(cString: keyword)] = String(cString: value)
      }
      index += 1
    }
    return result
  }

  private static func hosts(
    host: String?, address: String?, port: String?
  ) throws(FSError) -> [Host] {
    func list(_ text: String?) -> [String] {
      text.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
    }
    let names = list(host)
    let addresses = list(address)
    let ports = list(port)
    let count = max(addresses.isEmpty ? names.count : addresses.count, 1)
    guard names.isEmpty || names.count == count, ports.count <= 1 || ports.count == count else {
      throw FSError(
        .invalidArgument, "Postgres connection string: numbers of hosts and ports do not match")
    }
    func pick(_ list: [String], _ index: Int) -> String? {
      let text = list.count == 1 ? list[0] : (index < list.count ? list[index] : "")
      return text.isEmpty ? nil : text
    }
    return (0..<count).map { index in
      Host(host: pick(names, index), address: pick(addresses, index), port: pick(ports, index))
    }
  }
}

extension String {
  /// libpq ends messages with a newline and spreads them over several lines.
  var trimmedLine: String {
    split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
  }
}
