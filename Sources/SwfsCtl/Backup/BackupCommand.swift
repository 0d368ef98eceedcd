import ArgumentParser

/// `swfs-ctl backup`: everything about backup repositories.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Back up a cluster's names and bytes, of one moment, and get them back.",
    discussion: """
      A repository is a directory; docs/BACKUP-FORMAT.md says what is in it. It is named by --repo \
      or $SWFS_BACKUP_REPO, its password is read from --password-file, $SWFS_BACKUP_PASSWORD_FILE \
      or $SWFS_BACKUP_PASSWORD, never from the command line. Snapshots are named by the first \
      digits of their id, or 'latest'.

      Exit codes: \(BackupExit.summary).
      """,
    subcommands: [
      BackupInit.self, BackupRunCommand.self, BackupList.self, BackupShow.self, BackupCheck.self,
      BackupRestore.self, BackupDiff.self, BackupForget.self, BackupPrune.self, BackupCopy.self,
    ])
}
