import SwfsCore
import Testing

@testable import SwfsTransport

@Suite struct GRPCChannelTests {
  private typealias Step = ScriptedServer.Step

  private func ask(
    seconds: Double = 20, requests: Int = 1,
    _ script: @escaping @Sendable (UInt32, Int) -> [ScriptedServer.Step]
  ) throws -> [Result<[UInt8], GRPCError>] {
    let server = try #require(ScriptedServer(script))
    defer { server.stop() }
    let channel = GRPCChannel(server.address)
    defer { channel.close() }
    return (0..<requests).map { _ in
      do throws(GRPCError) {
        return .success(try channel.unary("/s/M", [1, 2], .background(seconds: seconds)))
      } catch {
        return .failure(error)
      }
    }
  }

  private func kind(_ result: Result<[UInt8], GRPCError>?) -> GRPCError.Kind? {
    if case .failure(let error) = result { return error.kind }
    return nil
  }

  private func bytes(_ result: Result<[UInt8], GRPCError>?) -> [UInt8]? {
    if case .success(let bytes) = result { return bytes }
    return nil
  }

  @Test func replyArrivesInPieces() throws {
    let message = Array(repeating: UInt8(7), count: 100)
    let results = try ask(requests: 3) { stream, _ in
      let framed = GRPCMessageDecoder.encode(message)
      let frames = framed.map { Frame.make(0, 0, stream, [$0]) }.flatMap { $0 }
      let all = Frame.start(stream) + frames + Frame.trailers(stream)
      return stride(from: 0, to: all.count, by: 97).map {
        .send(Array(all[$0..<min($0 + 97, all.count)]))
      }
    }
    for result in results { #expect(bytes(result) == message) }
  }

  @Test func trailersOnlyReplyGivesItsStatus() throws {
    let results = try ask { stream, _ in
      [
        .send(
          Frame.headers(
            stream,
            [
              (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "2"),
              ("grpc-message", "no%20entry"),
            ], end: true))
      ]
    }
    #expect(kind(results.first) == .status(GRPCStatus(.unknown, "no entry")))
  }

  @Test func okWithoutAMessageIsMalformed() throws {
    let results = try ask { stream, _ in [.send(Frame.start(stream) + Frame.trailers(stream))] }
    #expect(kind(results.first) == .malformedReply)
  }

  @Test func twoMessagesInAUnaryReplyAreMalformed() throws {
    let results = try ask { stream, _ in
      let two = Frame.message(stream, [1]) + Frame.message(stream, [2])
      return [.send(Frame.start(stream) + two + Frame.trailers(stream))]
    }
    #expect(kind(results.first) == .malformedReply)
  }

  @Test func messageCutByTheEndIsMalformed() throws {
    let results = try ask { stream, _ in
      let cut = Frame.make(0, 0, stream, [0, 0, 0, 0, 9, 1, 2])
      return [.send(Frame.start(stream) + cut + Frame.trailers(stream))]
    }
    #expect(kind(results.first) == .malformedReply)
  }

  @Test(arguments: [[1, 0, 0, 0, 1, 5], [0, 255, 255, 255, 255, 1]] as [[UInt8]])
  func compressedOrAbsurdMessageIsMalformedAndTheNextCallWorks(_ data: [UInt8]) throws {
    let results = try ask(requests: 2) { stream, number in
      if number == 0 { return [.send(Frame.start(stream) + Frame.make(0, 0, stream, data))] }
      return [
        .send(Frame.start(stream) + Frame.message(stream, [9]) + Frame.trailers(stream))
      ]
    }
    #expect(kind(results.first) == .malformedReply)
    #expect(bytes(results.last) == [9])
  }

  @Test func resetStreamMayHaveHappenedButRefusedOneHasNot() throws {
    let results = try ask(requests: 2) { stream, number in
      [.send(Frame.reset(stream, number == 0 ? 2 : 7))]
    }
    for (result, mayHaveHappened) in zip(results, [true, false]) {
      guard case .failure(let error) = result else {
        Issue.record("a reset stream gave an answer")
        continue
      }
      #expect(error.kind == .connectionLost)
      #expect(error.mayHaveHappened == mayHaveHappened)
    }
  }

  @Test func goAwayLetsTheCallFinishAndTheNextOneReconnects() throws {
    let results = try ask(requests: 2) { stream, _ in
      [
        .send(Frame.goAway(last: 1)),
        .send(Frame.start(stream) + Frame.message(stream, [4]) + Frame.trailers(stream)),
      ]
    }
    #expect(bytes(results.first) == [4])
    #expect(bytes(results.last) == [4])
  }

  @Test func closedConnectionLosesTheCallAndTheNextOneReconnects() throws {
    let results = try ask(requests: 2) { stream, number in
      if number == 0 { return [.closeConnection] }
      return [
        .send(Frame.start(stream) + Frame.message(stream, [4]) + Frame.trailers(stream))
      ]
    }
    #expect(kind(results.first) == .connectionLost)
    #expect(bytes(results.last) == [4])
  }

  @Test func silentServerCostsTheDeadlineAndIsToldToStop() throws {
    let server = try #require(ScriptedServer { _, _ in [] })
    defer { server.stop() }
    let channel = GRPCChannel(server.address)
    defer { channel.close() }
    do throws(GRPCError) {
      _ = try channel.unary("/s/M", [], .background(seconds: 0.2))
      Issue.record("an answer from a silent server")
    } catch {
      #expect(error.kind == .noAnswer)
      #expect(error.mayHaveHappened)
    }
    // RST_STREAM with CANCEL.
    let reset = server.received.wait(until: Deadline(secondsFromNow: 20)) { frames in
      frames.first { $0.type == 3 }
    }
    #expect(reset?.payload == [0, 0, 0, 8])
  }

  @Test func writeThatNobodyWaitsForIsNotCancelled() throws {
    let server = try #require(
      ScriptedServer { stream, number in
        number == 0
          ? []
          : [.send(Frame.start(stream) + Frame.message(stream, [4]) + Frame.trailers(stream))]
      })
    defer { server.stop() }
    let channel = GRPCChannel(server.address)
    defer { channel.close() }
    #expect(throws: GRPCError.self) {
      try channel.unary("/s/M", [], finishesAlone: true, .background(seconds: 0.2))
    }
    #expect(try channel.unary("/s/M", [], .background(seconds: 20)) == [4])
    let resets = server.received.withLock { $0.filter { $0.type == 3 }.count }
    #expect(resets == 0)
  }

  @Test func silentConnectionIsLeftWithoutCancellingTheWriteOnIt() throws {
    let server = try #require(
      ScriptedServer { stream, number in
        number == 0
          ? [.pause(4)]
          : [.send(Frame.start(stream) + Frame.message(stream, [4]) + Frame.trailers(stream))]
      })
    defer { server.stop() }
    let channel = GRPCChannel(server.address)
    defer { channel.close() }
    #expect(throws: GRPCError.self) {
      try channel.unary("/s/M", [], finishesAlone: true, .background(seconds: 2.5))
    }
    // A new connection answers at once, while the old one still waits.
    #expect(try channel.unary("/s/M", [], .background(seconds: 20)) == [4])
    let resets = server.received.withLock { $0.filter { $0.type == 3 }.count }
    #expect(resets == 0)
  }

  @Test func interruptEndsTheCall() throws {
    let server = try #require(ScriptedServer { _, _ in [] })
    defer { server.stop() }
    let channel = GRPCChannel(server.address)
    defer { channel.close() }
    let context = OperationContext.background(seconds: 60)
    startThread("interrupter") {
      pause(seconds: 0.1)
      context.interrupt()
    }
    do throws(GRPCError) {
      _ = try channel.unary("/s/M", [], context)
      Issue.record("an answer from a silent server")
    } catch {
      #expect(error.kind == .interrupted)
    }
  }

  @Test func nobodyListensIsKnownAtOnceAndCannotHaveHappened() throws {
    let server = try #require(ScriptedServer { _, _ in [] })
    let address = server.address
    server.stop()
    do throws(GRPCError) {
      _ = try GRPCChannel(address).unary("/s/M", [], .background(seconds: 20))
      Issue.record("an answer from nobody")
    } catch {
      #expect(error.kind == .notConnected)
      #expect(!error.mayHaveHappened)
    }
  }

  @Test func streamDeliversInOrderAndEnds() throws {
    let server = try #require(
      ScriptedServer { stream, _ in
        var steps: [Step] = [.send(Frame.start(stream))]
        for number in 0..<50 { steps.append(.send(Frame.message(stream, [UInt8(number)]))) }
        return steps + [.send(Frame.trailers(stream))]
      })
    defer { server.stop() }
    let channel = GRPCChannel(server.address)
    defer { channel.close() }
    let context = OperationContext.background(seconds: 20)
    let stream = try channel.open("/s/M", [], context)
    var got: [[UInt8]] = []
    while case .messages(let messages) = try stream.next(context) { got += messages }
    #expect(got == (0..<50).map { [UInt8($0)] })
  }

  @Test func messageLargerThanTheWindowGetsThrough() throws {
    let size = 20 << 20
    let results = try ask(seconds: 120) { stream, _ in
      let framed = GRPCMessageDecoder.encode([UInt8](repeating: 3, count: size))
      var steps: [Step] = [.send(Frame.start(stream))]
      for start in stride(from: 0, to: framed.count, by: 16384) {
        let end = min(start + 16384, framed.count)
        steps.append(.send(Frame.make(0, 0, stream, Array(framed[start..<end]))))
      }
      return steps + [.send(Frame.trailers(stream))]
    }
    // The scripted server ignores windows: nghttp2 would end a connection that overruns them.
    #expect(bytes(results.first)?.count == size)
  }

  @Test func randomFramesNeverTrap() throws {
    let server = try #require(
      ScriptedServer { stream, _ in
        var bytes =
          Frame.start(stream) + Frame.message(stream, [1, 2, 3]) + Frame.trailers(stream)
        for _ in 0..<Int.random(in: 1...4) {
          bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255)
        }
        return [.send(bytes), .closeConnection]
      })
    defer { server.stop() }
    let channel = GRPCChannel(server.address)
    defer { channel.close() }
    for _ in 0..<200 { _ = try? channel.unary("/s/M", [], .background(seconds: 5)) }
  }
}
