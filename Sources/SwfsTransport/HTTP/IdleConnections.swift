/// Connections nobody uses at the moment, newest last, bounded for each server and in all.
struct IdleConnections {
  private let perServerMax: Int
  private let totalMax: Int
  private var servers: [String: [Connection]] = [:]
  private var count = 0

  init(perServerMax: Int, totalMax: Int) {
    self.perServerMax = max(1, perServerMax)
    self.totalMax = max(1, totalMax)
  }

  /// Connections on their way through the lock.
  ///
  /// `@unchecked Sendable`: whoever holds the box is the only owner of what is in it.
  struct Box: @unchecked Sendable {
    let connections: [Connection]

    init(_ connections: [Connection]) { self.connections = connections }
  }

  /// The one used last, which is the least likely to have been closed by the server.
  mutating func take(_ server: String) -> [Connection] {
    guard let connection = servers[server]?.popLast() else { return [] }
    count -= 1
    return [connection]
  }

  /// Keeps a connection; returns those that are too many.
  mutating func put(_ connections: [Connection], _ server: String) -> [Connection] {
    servers[server, default: []].append(contentsOf: connections)
    count += connections.count
    var surplus: [Connection] = []
    while let all = servers[server], all.count > perServerMax {
      surplus.append(all[0])
      servers[server]?.removeFirst()
      count -= 1
    }
    if count > totalMax, let other = servers.first(where: { $0.key != server && !$0.value.isEmpty })
    {
      surplus.append(other.value[0])
      servers[other.key]?.removeFirst()
      count -= 1
    }
    servers = servers.filter { !$0.value.isEmpty }
    return surplus
  }

  mutating func removeAll(of server: String) -> [Connection] {
    let all = servers.removeValue(forKey: server) ?? []
    count -= all.count
    return all
  }
}
