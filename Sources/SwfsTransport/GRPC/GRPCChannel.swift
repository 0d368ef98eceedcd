public import SwfsCore

/// gRPC to one server over one shared connection, made when it is needed and again when it broke.
///
/// Thread-safe. Calls block up to the context's deadline and end early when it is interrupted.
/// Messages are raw bytes; a failed call is never repeated here.
public final class GRPCChannel: Sendable {
  public let address: ServerAddress
  private let tls: TLSContext?
  private let resolver: NameResolver
  private let state = Monitor(State.idle)

  /// Longest wait for a connection, TLS handshake included: a host whose packets vanish costs this.
  public static let connectSeconds = 1.5

  private enum State {
    case idle
    /// Number of the attempt, so that those who wait for it know its result from a later one.
    case connecting
    case connected(HTTP2Connection)
    case failed(GRPCError, at: UInt64)
  }

  public init(_ address: ServerAddress, tls: TLSContext? = nil) {
    self.address = address
    self.tls = tls
    resolver = NameResolver(host: address.host, port: address.grpcPort)
  }

  deinit { close() }

  /// Ends the connection and the calls on it. The next call makes a new one.
  public func close() {
    let old = state.update { state -> HTTP2Connection? in
      defer { if case .connected = state { state = .idle } }
      guard case .connected(let connection) = state else { return nil }
      return connection
    }
    old?.shutdown()
  }

  /// One request, one reply.
  ///
  /// - Parameters:
  ///   - method: full method path, such as `/filer_pb.SeaweedFiler/KvGet`.
  ///   - finishesAlone: when the caller stops waiting, the server is not told and goes on. For writes:
  ///     a cancelled one may stop half-way.
  public func unary(
    _ method: String, _ request: [UInt8], finishesAlone: Bool = false, _ context: OperationContext
  ) throws(GRPCError) -> [UInt8] {
    let stream = try open(method, request, finishesAlone: finishesAlone, context)
    var reply: [UInt8]?
    while true {
      switch try stream.next(context) {
      case .messages(let messages):
        guard reply == nil, messages.count == 1 else {
          throw GRPCError(.malformedReply, "\(method): several messages instead of one")
        }
        reply = messages.first
      case .end:
        guard let reply else {
          throw GRPCError(.malformedReply, "\(method): no message in the reply")
        }
        return reply
      }
    }
  }

  /// One request, many messages. The stream is cancelled when it is let go, unless it
  /// is to finish alone.
  public func open(
    _ method: String, _ request: [UInt8], finishesAlone: Bool = false, _ context: OperationContext
  ) throws(GRPCError) -> GRPCStream {
    // A connection may end between being chosen and being used; that is no failure of the server.
    for _ in 0..<2 {
      let connection = try connection(context)
      let call = HTTP2Call(path: method, message: request, finishesAlone: finishesAlone)
      do {
        try connection.start(call)
        return GRPCStream(call, on: connection)
      } catch {
        forget(connection)
      }
    }
    let connection = try connection(context)
    let call = HTTP2Call(path: method, message: request, finishesAlone: finishesAlone)
    try connection.start(call)
    return GRPCStream(call, on: connection)
  }

  private func forget(_ old: HTTP2Connection) {
    state.update { state in
      if case .connected(let current) = state, current === old { state = .idle }
    }
  }

  // MARK: Connecting, one at a time

  private enum Turn {
    case use(HTTP2Connection)
    case connect
  }

  private func connection(_ context: OperationContext) throws(GRPCError) -> HTTP2Connection {
    let asked = Deadline.now
    let turn: Turn
    do {
      turn = try state.wait(context, for: "a connection to \(address.grpcAuthority)") {
        (state: inout State) throws(FSError) -> Turn? in
        switch state {
        case .connecting: return nil
        case .connected(let connection) where connection.isUsable: return .use(connection)
        case .failed(let error, let time) where time > asked:
          // The attempt this call waited for; trying once more would only double the wait.
          throw FSError(.unavailable, error.message)
        case .idle, .connected, .failed:
          state = .connecting
          return .connect
        }
      }
    } catch {
      let kind: GRPCError.Kind =
        switch error.code {
        case .interrupted: .interrupted
        case .timedOut: .noAnswer
        default: .notConnected
        }
      throw GRPCError(kind, error.message, mayHaveHappened: false)
    }
    switch turn {
    case .use(let connection): return connection
    case .connect: return try connect(context)
    }
  }

  private func connect(_ context: OperationContext) throws(GRPCError) -> HTTP2Connection {
    let attempt = context.attempt(seconds: Self.connectSeconds)
    do {
      let addresses = try resolver.addresses(attempt)
      let descriptor = try SocketConnector.connect(addresses, attempt)
      let engine = try secure(descriptor, attempt)
      let connection = try HTTP2Connection(
        descriptor: descriptor, tls: engine, authority: address.grpcAuthority)
      state.update { $0 = .connected(connection) }
      return connection
    } catch {
      // An interrupted caller says nothing about the server: the next in line tries.
      state.update { state in
        state = error.kind == .interrupted ? .idle : .failed(error, at: Deadline.now)
      }
      throw GRPCError(
        error.kind, "\(address.grpcAuthority): \(error.message)", mayHaveHappened: false)
    }
  }

  private func secure(
    _ descriptor: Int32, _ context: OperationContext
  ) throws(GRPCError) -> TLSEngine? {
    guard let tls else { return nil }
    return try TLSHandshake.run(tls, descriptor, host: address.host, context)
  }
}
