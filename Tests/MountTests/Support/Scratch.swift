import Foundation
import Glibc

/// A directory of its own for one test, removed with everything in it afterwards.
final class Scratch {
  let path: String
  /// The same directory as a path in the run's filer directory.
  var filerPath: String { MountFixture.filerPath + "/" + name }

  let name: String

  init(_ name: String = #fileID) throws {
    let stem = (name as NSString).lastPathComponent.replacingOccurrences(of: ".swift", with: "")
    self.name = "\(stem)-\(UUID().uuidString.prefix(8))"
    path = try MountFixture.root() + "/" + self.name
    try Posix.mkdir(path)
  }

  deinit {
    // Some tests leave names that Foundation cannot spell; rm can.
    _ = try? Command.run(["rm", "-rf", "--", path])
  }

  /// The path of a name in the directory.
  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// The same name seen through the second mount.
  func onSecondMount(_ name: String) throws -> String {
    try MountFixture.secondMount().path + "/" + self.name + "/" + name
  }
}
