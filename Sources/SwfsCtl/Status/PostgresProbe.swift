import SwfsCore
import SwfsPostgres

/// Looks at every host of the connection string: who is primary, who follows and how far behind.
enum PostgresProbe {
  /// Replay further behind than this is a problem.
  static let lagBytesMax: Int64 = 64 << 20

  static func group(_ settings: PostgresSettings) -> StatusReport.Group {
    var group = StatusReport.Group(name: "postgres", parts: [], isEssential: true)
    var primaries = 0
    for (host, session) in PostgresSession.each(settings) {
      var part = StatusReport.Part(host)
      do throws(FSError) {
        let isPrimary = try look(try session.get(), &part)
        if isPrimary { primaries += 1 }
      } catch {
        part.problem(.down, ErrorText.line(for: error))
      }
      group.parts.append(part)
    }
    if primaries == 0 {
      group.problems.append("no primary: nothing can be written")
      group.floor = .down
    } else if primaries > 1 {
      group.problems.append("\(primaries) hosts say that they are primary: the cluster is split")
    }
    return group
  }

  private static func look(
    _ session: PostgresSession, _ part: inout StatusReport.Part
  ) throws(FSError) -> Bool {
    let context = OperationContext.background(seconds: 5)
    let row = try session.rows(
      """
      SELECT pg_is_in_recovery()::text, current_setting('server_version'),
        coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint, 0)::text,
        coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp())::bigint, 0)::text,
        current_setting('synchronous_standby_names')
      """, context
    ).first
    guard let row, row.count == 5 else { throw FSError(.corrupt, "no answer to its state") }
    let isStandby = row[0] == "true"
    part.fact("role", isStandby ? "standby" : "primary")
    part.fact("version", row[1] ?? "?")
    if isStandby {
      let lag = Int64(row[2] ?? "") ?? 0
      part.fact("replay lag", bytes: UInt64(max(0, lag)))
      if lag > 0 { part.fact("seconds behind", Int(row[3] ?? "") ?? 0) }
      if lag > lagBytesMax {
        part.problem(.degraded, "is \(Units.text(bytes: UInt64(lag))) behind in replay")
      }
      return false
    }
    try lookAtStandbys(session, isSynchronous: row[4]?.isEmpty == false, context, &part)
    return true
  }

  /// Details of others' sessions need pg_monitor: without it only their number is seen.
  private static func lookAtStandbys(
    _ session: PostgresSession, isSynchronous: Bool, _ context: OperationContext,
    _ part: inout StatusReport.Part
  ) throws(FSError) {
    let rows = try session.rows(
      """
      SELECT coalesce(application_name, ''), coalesce(state, ''), coalesce(sync_state, ''),
        coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint, -1)::text
      FROM pg_stat_replication ORDER BY 1
      """, context)
    part.fact("standbys", rows.count)
    var synchronous = 0
    var isVisible = true
    for row in rows {
      guard let state = row[1], !state.isEmpty else {
        isVisible = false
        continue
      }
      if row[2] == "sync" || row[2] == "quorum" { synchronous += 1 }
      let lag = Int64(row[3] ?? "") ?? -1
      part.fact(row[0] ?? "standby", "\(state) \(row[2] ?? "") lag \(max(0, lag)) bytes")
      if state != "streaming" { part.problem(.degraded, "standby \(row[0] ?? "?") is \(state)") }
    }
    if !isVisible && !rows.isEmpty { part.fact("details", "need role pg_monitor") }
    if isSynchronous {
      if rows.isEmpty {
        part.problem(
          .degraded, "synchronous_standby_names is set and no standby is there: writes may wait")
      } else if isVisible && synchronous == 0 {
        part.problem(.degraded, "no standby is synchronous: a failover may lose writes")
      }
    }
  }
}
