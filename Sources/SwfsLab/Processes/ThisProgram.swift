import Glibc

/// The running program itself.
enum ThisProgram {
  /// The absolute path of its file.
  static func path() throws(LabError) -> String {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &bytes, bytes.count)
    guard length > 0 else { throw Files.failure("cannot find", "the program itself") }
    return String(decoding: bytes.prefix(length), as: UTF8.self)
  }
}
