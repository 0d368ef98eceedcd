import SwfsBackup
import SwfsCluster
import SwfsCore
import SwfsPostgres
import SwfsTransport

/// A backup's view of the names: one REPEATABLE READ transaction, over before any needle is read.
struct TableNames: NamespaceSource {
  let settings: PostgresSettings

  func readAll(
    _ context: OperationContext, _ body: (SwfsBackup.NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) -> NamespaceMoment {
    let snapshot = try NamespaceSnapshot(settings, context.attempt(seconds: 60))
    try snapshot.rawRows(context) { (row) throws(FSError) in
      try body(
        SwfsBackup.NamespaceRow(
          dirhash: row.dirhash, directory: row.directory, name: row.name, meta: row.meta))
    }
    return NamespaceMoment(
      lsn: snapshot.moment.walPosition,
      databaseTime: BackupText.time(nanoseconds: snapshot.moment.time.totalNanoseconds))
  }
}

/// A backup's view of the bytes.
struct VolumeNeedles: NeedleSource {
  let store: VolumeChunkStore

  func needle(_ chunk: Chunk, _ context: OperationContext) throws(FSError) -> [UInt8] {
    try store.wholeNeedle(of: chunk, context)
  }
}

struct ClusterVacuum: VacuumSwitch {
  let masters: MasterVacuum

  func disable(_ context: OperationContext) throws(FSError) { try masters.disable(context) }
  func enable(_ context: OperationContext) throws(FSError) { try masters.enable(context) }
}

extension FilerAccess {
  /// What tells this cluster's file ids from those of others: the number its filers keep in their
  /// store.
  func clusterIdentity(_ context: OperationContext) throws(FSError) -> String {
    let configuration = try store.configuration(context.attempt(seconds: 30))
    return "seaweedfs-" + String(UInt32(bitPattern: configuration.signature), radix: 16)
  }
}
