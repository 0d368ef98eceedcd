import Glibc
import SwfsCore

/// Opens a TCP connection within a time, trying each address of the host.
enum SocketConnector {
  /// A connected, non-blocking socket. The caller closes it.
  ///
  /// - Throws: `notConnected` or `interrupted`.
  static func connect(
    _ addresses: [NameResolver.Address], _ context: OperationContext
  ) throws(GRPCError) -> Int32 {
    var problem = "the host has no address"
    for (index, address) in addresses.enumerated() {
      // What is left of the time is shared by the addresses that are left.
      let share = context.deadline.secondsLeft / Double(addresses.count - index)
      switch try connectOne(address, Deadline(secondsFromNow: share), context) {
      case .success(let descriptor): return descriptor
      case .failure(let failure): problem = failure.text
      }
    }
    throw GRPCError(.notConnected, problem, mayHaveHappened: false)
  }

  private struct Refused: Error { var text: String }

  private static func connectOne(
    _ address: NameResolver.Address, _ deadline: Deadline, _ context: OperationContext
  ) throws(GRPCError) -> Result<Int32, Refused> {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(address.family, type | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return .failure(refused(errno)) }
    setOptions(descriptor)
    let started = address.bytes.withUnsafeBytes { raw -> Int32 in
      guard let base = raw.baseAddress else { return EINVAL }
      let socketAddress = base.assumingMemoryBound(to: sockaddr.self)
      return Glibc.connect(descriptor, socketAddress, socklen_t(raw.count)) == 0 ? 0 : errno
    }
    if started == 0 { return .success(descriptor) }
    guard started == EINPROGRESS else {
      close(descriptor)
      return .failure(refused(started))
    }
    while !deadline.hasPassed {
      if context.isInterrupted {
        close(descriptor)
        throw GRPCError(.interrupted, "interrupted while connecting", mayHaveHappened: false)
      }
      let slice = min(deadline.secondsLeft, OperationContext.waitSliceSeconds)
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&waiting, 1, Int32(slice * 1000) + 1) > 0 else { continue }
      let code = pendingError(descriptor)
      if code == 0 { return .success(descriptor) }
      close(descriptor)
      return .failure(refused(code))
    }
    close(descriptor)
    return .failure(Refused(text: "no answer to the connection request"))
  }

  private static func setOptions(_ descriptor: Int32) {
    // Small requests must not wait for each other, and bytes that nobody acknowledges for ten
    // seconds mean a dead peer. Best effort: a kernel without an option still connects.
    var one: Int32 = 1
    _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(4))
    var milliseconds: Int32 = 10_000
    _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, socklen_t(4))
  }

  private static func pendingError(_ descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return errno }
    return code
  }

  private static func refused(_ code: Int32) -> Refused {
    Refused(text: String(cString: strerror(code)))
  }
}
