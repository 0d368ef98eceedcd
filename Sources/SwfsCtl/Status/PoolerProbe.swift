import SwfsCore
import SwfsPostgres

/// PgBouncer, asked like any client: a query through it shows pooler, login and database at once.
enum PoolerProbe {
  static func group(_ servers: [String], _ settings: PostgresSettings) -> StatusReport.Group {
    let parts = Concurrently.map(servers) { server -> StatusReport.Part in
      var part = StatusReport.Part(server)
      do throws(FSError) {
        let session = try PostgresSession(try settings.at(server))
        let rows = try session.rows(
          "SELECT host(inet_server_addr()), pg_is_in_recovery()::text",
          .background(seconds: 5))
        guard let row = rows.first, row.count == 2 else {
          throw FSError(.corrupt, "no answer to a query")
        }
        part.fact("leads to", row[0] ?? "local socket")
        if row[1] == "true" { part.problem(.degraded, "leads to a standby") }
      } catch {
        part.problem(.down, ErrorText.line(for: error))
      }
      return part
    }
    return StatusReport.Group(name: "pgbouncer", parts: parts, isEssential: false)
  }
}
