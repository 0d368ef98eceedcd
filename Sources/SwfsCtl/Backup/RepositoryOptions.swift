import ArgumentParser
import SwfsBackup
import SwfsCore

/// Which repository, and its password.
struct RepositoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Directory of the repository. Default: $SWFS_BACKUP_REPO.", valueName: "dir")
  )
  var repo: String?

  @Option(
    help: ArgumentHelp(
      """
      A file whose first line is the password. Default: $SWFS_BACKUP_PASSWORD_FILE, else the \
      password itself from $SWFS_BACKUP_PASSWORD.
      """, valueName: "file"))
  var passwordFile: String?

  func store() throws(FSError) -> DirectoryStore {
    guard let path = repo ?? Environment["SWFS_BACKUP_REPO"] else {
      throw FSError(.invalidArgument, "which repository? Give --repo or set $SWFS_BACKUP_REPO")
    }
    return DirectoryStore(path)
  }

  func open(loadsIndex: Bool = true) throws(FSError) -> Repository {
    try Repository.open(
      try store(), password: try Self.password(file: passwordFile), loadsIndex: loadsIndex)
  }

  static func password(
    file: String?, variable: String = "SWFS_BACKUP_PASSWORD"
  ) throws(FSError) -> [UInt8] {
    let text: String
    if let file = file ?? Environment[variable + "_FILE"] {
      let content = try SmallFile.read(file)
      text = String(content.split(separator: "\n", omittingEmptySubsequences: false).first ?? "")
    } else if let value = Environment[variable] {
      text = value
    } else {
      throw FSError(
        .invalidArgument, "no password: give --password-file or set $\(variable)_FILE")
    }
    guard !text.isEmpty else { throw FSError(.invalidArgument, "the password is empty") }
    return Array(text.utf8)
  }
}

/// For commands that change a repository.
struct LockOptions: ParsableArguments {
  @Flag(
    help: """
      Take the repository's lock away from whoever holds it. Only when that run is dead for sure: \
      two at a time may lose each other's work.
      """)
  var breakLock = false

  func acquire(_ repository: Repository, _ what: String) throws(FSError) -> RepositoryLock {
    try RepositoryLock.acquire(repository, for: what, breaks: breakLock)
  }
}
