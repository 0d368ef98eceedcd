import ArgumentParser
import SwfsBackup
import SwfsCore

struct BackupInit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a repository in an empty or new directory.")

  @OptionGroup var repository: RepositoryOptions

  func run() throws {
    try BackupExit.running {
      let store = try repository.store()
      let password = try RepositoryOptions.password(file: repository.passwordFile)
      guard try store.isVacant() else {
        throw FSError(.exists, "\(store.location) is not empty")
      }
      try store.prepare()
      let made = try Repository.create(in: store, password: password)
      let output = ByteSink.standardOutput()
      try output.line("repository \(made.id.prefix(8)) made in \(store.location)")
      try output.line("Without its password nothing in it can be read: keep it elsewhere, too.")
      try output.flush()
      return .success
    }
  }
}
