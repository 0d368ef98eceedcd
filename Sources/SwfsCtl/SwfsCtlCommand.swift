public import ArgumentParser
import Glibc
import SwfsCore

/// `swfs-ctl`: the operator's desk of a SeaweedFS cluster that keeps its names in Postgres.
public struct SwfsCtlCommand: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "swfs-ctl",
    abstract: "Looks after a SeaweedFS cluster and its namespace.",
    discussion: """
      Addresses come from --filer and --postgres, or from $SWFS_FILERS and $SWFS_POSTGRES. \
      Exit codes: \(ExitStatus.summary).
      """,
    subcommands: [
      StatusCommand.self, LsCommand.self, FindCommand.self, DuCommand.self, StatCommand.self,
      ExportCommand.self, ImportCommand.self, DiffCommand.self, FsckCommand.self,
      WatchCommand.self, MountsCommand.self, StatsCommand.self, BackupCommand.self,
    ])

  public init() {}

  /// Runs the command line of this process and ends the process.
  public static func run() -> Never {
    do {
      var command = try parseAsRoot()
      try command.run()
      Terminal.exit(.success)
    } catch let status as ExitStatus {
      Terminal.exit(status)
    } catch let error as FSError {
      Terminal.warn(ErrorText.line(for: error))
      Terminal.exit(ExitStatus(error))
    } catch {
      // Help, version and usage errors are the parser's business.
      exit(withError: error)
    }
  }
}
