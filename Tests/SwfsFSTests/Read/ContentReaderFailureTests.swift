import Glibc
import SwfsCore
import Testing

@testable import SwfsFS

/// What a reader sees when something goes wrong for it or for somebody else.
@Suite struct ContentReaderFailureTests {
  typealias Base = ContentReaderTests

  @Test func readersOfOneBlockShareOneFetch() throws {
    let file = SampleFile(chunks: 1, of: 64 << 10)
    let open = Monitor(false)
    let store = ScriptedStore(file.needles) { (_, _, context) throws(FSError) in
      try open.wait(context, for: "the gate") { $0 ? () : nil }
    }
    let (reader, view) = (Base.reader(store), try secretView(file))
    let results = Monitor<[[UInt8]]>([])
    for _ in 0..<8 {
      startThread("reader") {
        let bytes = try? Base.read(reader, view, reader.pattern(), 100..<200)
        results.update { $0.append(bytes ?? []) }
      }
    }
    try wait(for: store, reads: 1)
    open.update { $0 = true }
    let all = try results.wait(Base.context(), for: "readers") { $0.count == 8 ? $0 : nil }
    #expect(all.allSatisfy { $0 == Array(file.content[100..<200]) })
    #expect(store.reads.count == 1)
  }

  @Test func interruptedReaderDoesNotSpoilTheOthers() throws {
    let file = SampleFile(chunks: 1, of: 64 << 10)
    // The first fetch hangs until its reader is interrupted.
    let store = ScriptedStore(file.needles) { (number, _, context) throws(FSError) in
      if number == 1 { try context.sleep(seconds: 60, "a dead server") }
    }
    let (reader, view) = (Base.reader(store), try secretView(file))
    let impatient = Base.context()
    let codes = Monitor<[FSError.Code?]>([])
    startThread("impatient") {
      let code = failure { try Base.read(reader, view, reader.pattern(), 0..<10, impatient) }
      codes.update { $0.append(code) }
    }
    try wait(for: store, reads: 1)
    let patient = Monitor<[UInt8]?>(nil)
    startThread("patient") {
      let bytes = try? Base.read(reader, view, reader.pattern(), 0..<10)
      patient.update { $0 = bytes ?? [] }
    }
    impatient.interrupt()
    let bytes = try patient.wait(Base.context(), for: "the other reader") { $0 }
    #expect(bytes == Array(file.content[0..<10]))
    #expect(try codes.wait(Base.context(), for: "it") { $0.first } == .interrupted)
  }

  @Test func waitingReaderCanBeInterruptedWhileAnotherFetches() throws {
    let file = SampleFile(chunks: 1, of: 64 << 10)
    let open = Monitor(false)
    let store = ScriptedStore(file.needles) { (_, _, context) throws(FSError) in
      try open.wait(context, for: "the gate") { $0 ? () : nil }
    }
    let (reader, view) = (Base.reader(store), try secretView(file))
    let done = Monitor<[UInt8]?>(nil)
    startThread("first") {
      let bytes = try? Base.read(reader, view, reader.pattern(), 0..<10)
      done.update { $0 = bytes ?? [] }
    }
    try wait(for: store, reads: 1)
    let context = Base.context()
    context.interrupt()
    #expect(
      failure { try Base.read(reader, view, reader.pattern(), 0..<10, context) } == .interrupted)
    open.update { $0 = true }
    #expect(try done.wait(Base.context(), for: "first") { $0 } == Array(file.content[0..<10]))
  }

  @Test func failureOfTheFetchReachesEveryReaderAndIsForgotten() throws {
    let file = SampleFile(chunks: 1, of: 64 << 10)
    let open = Monitor(false)
    let store = ScriptedStore(file.needles) { (number, _, context) throws(FSError) in
      guard number == 1 else { return }
      try open.wait(context, for: "the gate") { $0 ? () : nil }
      throw FSError(.unavailable, "no replica")
    }
    let (reader, view) = (Base.reader(store), try secretView(file))
    let codes = Monitor<[FSError.Code?]>([])
    startThread("reader") {
      let code = failure { try Base.read(reader, view, reader.pattern(), 0..<10) }
      codes.update { $0.append(code) }
    }
    try wait(for: store, reads: 1)
    open.update { $0 = true }
    #expect(try codes.wait(Base.context(), for: "it") { $0.first } == .unavailable)
    #expect(try Base.read(reader, view, reader.pattern(), 0..<10) == Array(file.content[0..<10]))
  }

  @Test(arguments: 1...12) func oneFailedCallOfASequentialReadIsRetriedOrReported(
    failing: Int
  ) throws {
    let file = SampleFile(chunks: 4, of: 128 << 10)
    let store = ScriptedStore(file.needles) { (number, _, _) throws(FSError) in
      if number == failing { throw FSError(.unavailable, "call \(number) fails") }
    }
    let reader = Base.reader(store)
    let (view, pattern) = (try file.view(), reader.pattern())
    var errors = 0
    for offset in stride(from: Int64(0), to: Int64(file.content.count), by: 32 << 10) {
      // An error comes from a fetch of the reader's own; the next try goes through.
      for attempt in 1...2 {
        do {
          let bytes = try Base.read(reader, view, pattern, offset..<offset + 32 << 10)
          #expect(bytes == Array(file.content[Int(offset)..<Int(offset) + 32 << 10]))
          break
        } catch {
          errors += 1
          #expect(error.code == .unavailable)
          #expect(attempt == 1)
        }
      }
    }
    #expect(errors <= 1)
  }

  @Test func failedFetchAheadIsNoErrorUntilNeededAndThenRetried() throws {
    let file = SampleFile(chunks: 4, of: 128 << 10)
    // Only calls of this thread, the reader's own, succeed.
    let reading = pthread_self()
    let store = ScriptedStore(file.needles) { (_, _, _) throws(FSError) in
      guard pthread_equal(pthread_self(), reading) != 0 else {
        throw FSError(.unavailable, "fetching ahead fails")
      }
    }
    let reader = Base.reader(store)
    let (view, pattern) = (try file.view(), reader.pattern())
    for offset in stride(from: Int64(0), to: Int64(file.content.count), by: 32 << 10) {
      let bytes = try Base.read(reader, view, pattern, offset..<offset + 32 << 10)
      #expect(bytes == Array(file.content[Int(offset)..<Int(offset) + 32 << 10]))
    }
  }

  @Test func readingGoesOnWithoutMemoryForBlocks() throws {
    let file = SampleFile(chunks: 4, of: 256 << 10)
    let budget = MemoryBudget(bytesMax: 1 << 20)
    try budget.reserve(1 << 20, for: .dirtyPages, Base.context())
    let reader = Base.reader(ScriptedStore(file.needles), budget: budget)
    let (view, pattern) = (try file.view(), reader.pattern())
    for offset in stride(from: Int64(0), to: Int64(file.content.count), by: 32 << 10) {
      let bytes = try Base.read(reader, view, pattern, offset..<offset + 32 << 10)
      #expect(bytes == Array(file.content[Int(offset)..<Int(offset) + 32 << 10]))
    }
    #expect(budget.used == 1 << 20)
  }

  @Test func cacheGivesWayToWritersAndEveryByteComesBack() throws {
    let file = SampleFile(chunks: 16, of: 128 << 10)
    let budget = MemoryBudget(bytesMax: 2 << 20)
    do {
      let reader = Base.reader(
        ScriptedStore(file.needles), budget: budget,
        options: Base.options(cacheBytes: 2 << 20))
      let (view, pattern) = (try file.view(), reader.pattern())
      for offset in stride(from: Int64(0), to: Int64(file.content.count), by: 64 << 10) {
        _ = try Base.read(reader, view, pattern, offset..<offset + 64 << 10)
      }
      pattern.close()
      #expect(reader.blocks.residentBytes > 0)
      try budget.reserve(2 << 20, for: .dirtyPages, Base.context())
      #expect(reader.blocks.residentBytes == 0)
      budget.release(2 << 20, for: .dirtyPages)
    }
    try eventually { budget.used == 0 }
  }

  @Test func blocksStayWithinTheirBound() throws {
    let file = SampleFile(chunks: 32, of: 128 << 10)
    let budget = MemoryBudget(bytesMax: 64 << 20)
    let reader = Base.reader(
      ScriptedStore(file.needles), budget: budget, options: Base.options(cacheBytes: 512 << 10))
    let (view, pattern) = (try file.view(), reader.pattern())
    for offset in stride(from: Int64(0), to: Int64(file.content.count), by: 64 << 10) {
      _ = try Base.read(reader, view, pattern, offset..<offset + 64 << 10)
      #expect(reader.blocks.residentBytes <= 512 << 10)
    }
  }

  @Test func fetchThreadsEndWhenThereIsNothingToDo() throws {
    let file = SampleFile(chunks: 8, of: 128 << 10)
    let reader = Base.reader(ScriptedStore(file.needles))
    let (view, pattern) = (try file.view(), reader.pattern())
    for offset in stride(from: Int64(0), to: Int64(file.content.count), by: 64 << 10) {
      _ = try Base.read(reader, view, pattern, offset..<offset + 64 << 10)
    }
    try eventually { reader.pool.threads == 0 }
  }

  @Test func manyReadersOfOneFileGetTheRightBytes() throws {
    let file = SampleFile(chunks: 8, of: 200_000)
    let store = ScriptedStore(file.needles)
    let budget = MemoryBudget(bytesMax: 1 << 20)
    let reader = Base.reader(store, budget: budget, options: Base.options(cacheBytes: 256 << 10))
    let view = try file.view()
    let wrong = Monitor((finished: 0, wrong: 0))
    for thread in 0..<6 {
      startThread("reader") {
        var random = SplitMix(UInt64(thread))
        let pattern = reader.pattern()
        var bad = 0
        var offset = 0
        for _ in 0..<150 {
          if thread % 2 == 0 || offset >= file.content.count {
            offset = Int.random(in: 0..<file.content.count, using: &random)
          }
          let end = min(offset + 20_000, file.content.count)
          let bytes = try? Base.read(reader, view, pattern, Int64(offset)..<Int64(end))
          if bytes.map({ $0.elementsEqual(file.content[offset..<end]) }) != true { bad += 1 }
          offset = end
        }
        wrong.update { $0 = ($0.finished + 1, $0.wrong + bad) }
      }
    }
    let bad = try wrong.wait(Base.context(), for: "readers") { $0.finished == 6 ? $0.wrong : nil }
    #expect(bad == 0)
    #expect(budget.used <= 1 << 20)
  }

  /// A view whose chunks are encrypted, so that every read needs whole blocks.
  private func secretView(_ file: SampleFile) throws -> ChunkView {
    let chunks = file.chunks.map { chunk in
      var chunk = chunk
      chunk.cipherKey = [1]
      return chunk
    }
    return try ChunkView(chunks: chunks, size: UInt64(file.content.count))
  }

  private func wait(for store: ScriptedStore, reads: Int) throws {
    try eventually { store.reads.count >= reads }
  }
}

/// Waits for something that another thread brings about.
func eventually(_ condition: () -> Bool) throws {
  let context = OperationContext.background(seconds: 60)
  while !condition() { try context.sleep(seconds: 0.005, "a condition of the test") }
}

/// The code of the error that the body throws, or nil.
private func failure(_ body: () throws -> [UInt8]) -> FSError.Code? {
  do {
    _ = try body()
    return nil
  } catch {
    return (error as? FSError)?.code
  }
}
