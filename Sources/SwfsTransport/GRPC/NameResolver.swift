import Glibc
import SwfsCore

/// Socket addresses of a host and port. Numeric hosts are parsed, names go to the system's resolver.
///
/// `getaddrinfo` cannot be interrupted and may take many seconds while DNS is down, so it runs on a
/// thread of its own, at most one for each resolver; the last good answer serves meanwhile.
final class NameResolver: Sendable {
  struct Address: Sendable {
    var family: Int32
    var bytes: [UInt8]
  }

  private struct State {
    var known: [Address] = []
    var failure = "not resolved yet"
    var isAsking = false
    var answers = 0
  }

  private let host: String
  private let port: UInt16
  private let state = Monitor(State())

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// - Throws: `notConnected` when the name does not resolve before the context's deadline.
  func addresses(_ context: OperationContext) throws(GRPCError) -> [Address] {
    if case .success(let found) = Self.ask(host, port, numericOnly: true) { return found }
    let before = state.withLock { $0.answers }
    startAsking()
    do {
      return try state.wait(context, for: "the address of \(host)") {
        (state: inout State) throws(FSError) -> [Address]? in
        guard state.answers != before else { return nil }
        if state.known.isEmpty { throw FSError(.unavailable, state.failure) }
        return state.known
      }
    } catch {
      let known = state.withLock { $0.known }
      if error.code == .timedOut && !known.isEmpty { return known }
      throw GRPCError(
        error.code == .interrupted ? .interrupted : .notConnected, error.message,
        mayHaveHappened: false)
    }
  }

  private func startAsking() {
    let mine = state.withLock { state in
      defer { state.isAsking = true }
      return !state.isAsking
    }
    guard mine else { return }
    startThread("swfs-resolve") { [self] in
      let answer = Self.ask(host, port, numericOnly: false)
      state.update { state in
        state.isAsking = false
        state.answers += 1
        switch answer {
        case .success(let found): state.known = found
        case .failure(let problem): state.failure = problem.text
        }
      }
    }
  }

  private struct Problem: Error { var text: String }

  private static func ask(
    _ host: String, _ port: UInt16, numericOnly: Bool
  ) -> Result<[Address], Problem> {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else {
      return .failure(Problem(text: "host \(host): \(String(cString: gai_strerror(code)))"))
    }
    defer { freeaddrinfo(list) }
    var found: [Address] = []
    var next = list
    while let item = next {
      if let address = item.pointee.ai_addr {
        let raw = UnsafeRawBufferPointer(start: address, count: Int(item.pointee.ai_addrlen))
        found.append(Address(family: item.pointee.ai_family, bytes: Array(raw)))
      }
      next = item.pointee.ai_next
    }
    return .success(found)
  }
}
