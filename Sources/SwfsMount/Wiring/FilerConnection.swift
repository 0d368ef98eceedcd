import Glibc
import SwfsCluster
import SwfsCore
import SwfsTransport

/// The filers of the command line, with the certificates that `security.toml` names.
struct FilerConnection: Sendable {
  let addresses: [ServerAddress]
  let security: SecurityConfiguration
  let tls: TLSContext?
  let calls: FilerCalls

  /// - Throws: `invalidArgument` for an address or a security file that makes no sense.
  init(_ settings: MountSettings) throws(FSError) {
    var addresses: [ServerAddress] = []
    for text in settings.filers {
      let address = try ServerAddress(parsing: text, defaultPort: 8888)
      if !addresses.contains(address) { addresses.append(address) }
    }
    self.addresses = addresses
    security = try SecurityConfiguration.load()
    tls = try security.grpc.map { (files) throws(FSError) in
      try TLSContext(
        TLSSettings(
          authorityFile: files.authorities, certificateFile: files.certificate, keyFile: files.key))
    }
    let identity = ClientIdentity(name: "swfs-mount:\(Self.hostName()):\(settings.mountPoint)")
    calls = FilerCalls(addresses, tls: tls, identity: identity)
  }

  /// Makes sure that a filer answers and that the path can be mounted.
  ///
  /// - Throws: `noFiler`, `badFilerPath`.
  func check(_ settings: MountSettings) throws(StartFailure) -> FilerConfiguration {
    let seconds = min(settings.seconds("start-timeout"), settings.seconds("deadline"))
    let client = FilerClient(calls)
    let configuration: FilerConfiguration
    do {
      configuration = try client.configuration(.background(seconds: seconds))
    } catch {
      let list = settings.filers.joined(separator: ", ")
      throw StartFailure(.noFiler, "no filer answers at \(list): \(error.message)")
    }
    let kind: FileKind
    do {
      kind = try client.current(settings.filerPath, .background(seconds: seconds))
        .attributes.mode.kind
    } catch  where error.code == .notFound {
      throw StartFailure(.badFilerPath, "filer path \(settings.filerPath) does not exist")
    } catch {
      throw StartFailure(.noFiler, "filer path \(settings.filerPath): \(error)")
    }
    guard kind == .directory else {
      throw StartFailure(.badFilerPath, "filer path \(settings.filerPath) is not a directory")
    }
    return configuration
  }

  private static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, 255) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
