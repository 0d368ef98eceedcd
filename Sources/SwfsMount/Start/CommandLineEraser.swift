import Glibc

/// Hides secrets that stood on the command line from `ps`, as far as that can be done afterwards.
enum CommandLineEraser {
  /// Overwrites every argument that shows a password. The text has been copied by then.
  static func erasePasswords() {
    for index in 1..<max(Int(CommandLine.argc), 1) {
      guard let argument = CommandLine.unsafeArgv[index] else { continue }
      if PostgresPassword.stands(in: String(cString: argument)) {
        memset(argument, Int32(UInt8(ascii: "x")), strlen(argument))
      }
    }
  }
}
