import Glibc
import SwfsCore

/// Runs the TLS handshake on a fresh socket, before the connection's reader takes over.
enum TLSHandshake {
  /// - Throws: `notConnected` with the reason, `interrupted`. Closes the socket then.
  static func run(
    _ context: TLSContext, _ descriptor: Int32, host: String, _ operation: OperationContext
  ) throws(GRPCError) -> TLSEngine {
    do {
      return try attempt(context, descriptor, host, operation)
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func attempt(
    _ context: TLSContext, _ descriptor: Int32, _ host: String, _ operation: OperationContext
  ) throws(GRPCError) -> TLSEngine {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
    defer { buffer.deallocate() }
    var output: [UInt8] = []
    do {
      let engine = try TLSEngine(context, host: host)
      while true {
        let done = try engine.handshake()
        engine.takeOutput(&output)
        try sendAll(descriptor, &output, operation)
        if done { return engine }
        try wait(descriptor, POLLIN, operation)
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
          try engine.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
          throw TLSEngine.Failure(text: "TLS: the server closed the connection")
        }
      }
    } catch let error as GRPCError {
      throw error
    } catch let error as TLSEngine.Failure {
      throw GRPCError(.notConnected, error.text, mayHaveHappened: false)
    } catch {
      throw GRPCError(.notConnected, "\(error)", mayHaveHappened: false)
    }
  }

  private static func sendAll(
    _ descriptor: Int32, _ output: inout [UInt8], _ operation: OperationContext
  ) throws {
    var start = 0
    while start < output.count {
      let sent = output.withUnsafeBytes { raw in
        send(
          descriptor, raw.baseAddress?.advanced(by: start), raw.count - start,
          Int32(MSG_NOSIGNAL))
      }
      if sent > 0 {
        start += sent
      } else if errno == EAGAIN {
        try wait(descriptor, POLLOUT, operation)
      } else if errno != EINTR {
        throw TLSEngine.Failure(text: "TLS: \(String(cString: strerror(errno)))")
      }
    }
    output = []
  }

  private static func wait(
    _ descriptor: Int32, _ events: Int32, _ operation: OperationContext
  ) throws {
    while true {
      if operation.isInterrupted {
        throw GRPCError(.interrupted, "interrupted while connecting", mayHaveHappened: false)
      }
      if operation.deadline.hasPassed {
        throw TLSEngine.Failure(text: "TLS: no answer in time")
      }
      var polled = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      if poll(&polled, 1, Int32(OperationContext.waitSliceSeconds * 1000)) > 0 { return }
    }
  }
}
