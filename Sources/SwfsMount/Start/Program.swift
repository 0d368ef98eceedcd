import Glibc
import SwfsCore
import SwfsObserve

/// The program: reads its options, then mounts here (foreground) or in a process of its own.
public enum Program {
  public static let version = "0.1.0"
  static let statusVariable = "SWFS_STATUS_FD"

  /// Runs and returns the exit status. Returns only after the mount has ended when it serves it.
  public static func run(_ arguments: [String]) -> Int32 {
    // A reader of our output that goes away is no reason to end.
    signal(SIGPIPE, SIG_IGN)
    let name = arguments.first?.split(separator: "/").last.map(String.init) ?? "swfs-mount"
    let isMountHelper = name.hasPrefix("mount.")
    func end(_ code: ExitCode) -> Int32 { isMountHelper ? code.forMountHelper : code.rawValue }
    do {
      return end(try start(Array(arguments.dropFirst()), isMountHelper: isMountHelper))
    } catch let failure as StartFailure {
      if !failure.isReported { report("swfs-mount: \(failure.message)") }
      return end(failure.code)
    } catch {
      report("swfs-mount: \(error)")
      return end(.failed)
    }
  }

  private static func start(_ arguments: [String], isMountHelper: Bool) throws -> ExitCode {
    let status = StatusPipe.inherited()
    let values: OptionValues
    do throws(FSError) {
      let parser = try CommandLineParser(arguments, isMountHelper: isMountHelper)
      switch parser.request {
      case .mount: break
      case .help: return printed(Help.text)
      case .version: return printed("swfs-mount \(version)\n")
      case .configurationTable: return printed(Help.markdown)
      }
      values = try complete(parser.values)
    } catch {
      throw StartFailure(.usage, error.message)
    }
    if status == nil {
      for line in values.ignored { report("swfs-mount: \(line)") }
      if values.showsPassword {
        report(
          "swfs-mount: a password on the command line can be seen by everybody; "
            + "use --postgres-file, SWFS_POSTGRES or PGPASSFILE")
        CommandLineEraser.erasePasswords()
      }
    }
    let settings: MountSettings
    do {
      settings = try MountSettings(values)
    } catch {
      throw StartFailure(.usage, error.message)
    }
    if status == nil && !settings.flag("foreground") {
      return try Background.start(values, settings)
    }
    do {
      return try MountService(settings, status: status ?? StatusPipe(nil)).run()
    } catch {
      guard let status else { throw error }
      // The starting process tells the user.
      status.failed(error)
      throw error.reported
    }
  }

  /// Adds the environment and the configuration file, and makes paths absolute.
  private static func complete(_ given: OptionValues) throws(FSError) -> OptionValues {
    var values = given
    values.fill(from: try .environment { getenv($0).map { String(cString: $0) } })
    if let path = values["config"], !path.isEmpty {
      values.fill(from: try ConfigurationFile.read(path))
    }
    for option in OptionTable.all where option.kind == .path {
      if let path = values[option.name], !path.isEmpty, !path.hasPrefix("/") {
        values.replace(option.name, currentDirectory() + "/" + path)
      }
    }
    return values
  }

  private static func currentDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }

  private static func printed(_ text: String) -> ExitCode {
    print(text, terminator: "")
    fflush(nil)
    return .success
  }

  static func report(_ line: String) {
    let text = line + "\n"
    _ = write(2, text, text.utf8.count)
  }
}
