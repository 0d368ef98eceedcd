import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@testable import SwfsCtl

@Suite struct ExportFormatTests {
  private func record(_ sample: EntrySamples.Sample) -> EntryRecord {
    EntryRecord(
      path: EntryPath(unchecked: "/a/größe").appending(sample.entry.name), entry: sample.entry,
      includesChunks: true)
  }

  private func line(_ record: EntryRecord) throws -> [UInt8] {
    var json = JSONText()
    let size = try record.entry.fileAttributes().size
    json.object { record.write(to: &$0, size: size) }
    return json.bytes
  }

  @Test func everyKindOfEntrySurvivesNDJSON() throws {
    let decoder = RecordDecoder()
    for sample in EntrySamples.all {
      guard (try? sample.entry.fileAttributes()) != nil else { continue }
      let record = record(sample)
      let back = try decoder.record(try line(record))
      #expect(back.path == record.path)
      #expect(back.entry == record.entry, "\(sample.label)")
      #expect(back.includesChunks)
    }
  }

  @Test func everyKindOfEntrySurvivesMetaSave() throws {
    for sample in EntrySamples.all {
      let record = record(sample)
      let bytes = MetaSave.bytes(record)
      let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      #expect(length == bytes.count - 4)
      let back = try MetaSave.record(Array(bytes.dropFirst(4)))
      #expect(back.path == record.path)
      #expect(back.entry == record.entry, "\(sample.label)")
    }
  }

  @Test func fileWithoutChunksIsToldFromAnEmptyFile() throws {
    let entry = Entry(name: "f", attributes: StoredAttributes())
    let decoder = RecordDecoder()
    for includes in [true, false] {
      let record = EntryRecord(path: "/f", entry: entry, includesChunks: includes)
      #expect(try decoder.record(try line(record)).includesChunks == includes)
    }
  }

  @Test func damagedLinesAreErrors() {
    let decoder = RecordDecoder()
    for text in [
      "", "{}", "nonsense", #"{"path":"/a"}"#,
      #"{"path":"/a/../b","type":"file","mode":"0644","uid":0,"gid":0,"size":0,"mtime":0,"mtime_ns":0,"ctime":0,"ctime_ns":0,"crtime":0,"inode":0}"#,
      #"{"path":"/a","type":"house","mode":"0644","uid":0,"gid":0,"size":0,"mtime":0,"mtime_ns":0,"ctime":0,"ctime_ns":0,"crtime":0,"inode":0}"#,
      #"{"path":"/a","type":"file","mode":"0644","uid":-1,"gid":0,"size":0,"mtime":0,"mtime_ns":0,"ctime":0,"ctime_ns":0,"crtime":0,"inode":0}"#,
    ] {
      #expect(throws: FSError.self) { try decoder.record(Array(text.utf8)) }
    }
  }

  @Test func cutMetaRecordsAreErrors() throws {
    let bytes = MetaSave.bytes(record(EntrySamples.all[2])).dropFirst(4)
    for count in 1..<bytes.count {
      #expect(throws: FSError.self) { try MetaSave.record(Array(bytes.prefix(count))) }
    }
  }

  @Test(arguments: ["out.ndjson", "out.ndjson.gz", "out.meta", "out.meta.gz"])
  func filesReadBackWhatWasWritten(name: String) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/" + name
      let format: ExportCommand.Format = name.contains("meta") ? .meta : .ndjson
      let file = try ExportFile(path)
      var writer = ExportWriter(file, format: format, columns: nil, includesChunks: true)
      try writer.begin()
      let records = EntrySamples.all.filter { (try? $0.entry.fileAttributes()) != nil }.map(record)
      // Enough for several pieces of the reader.
      for _ in 0..<200 { for record in records { try writer.write(record) } }
      #expect(access(path, F_OK) != 0)
      try file.finish()
      let reader = try RecordReader(path)
      var count = 0
      while let back = try reader.next() {
        #expect(back == records[count % records.count])
        count += 1
      }
      #expect(count == records.count * 200)
    }
  }

  @Test(arguments: ["a.ndjson", "a.ndjson.gz", "a.meta", "a.meta.gz"])
  func cutFilesAreErrors(name: String) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/" + name
      let file = try ExportFile(path)
      var writer = ExportWriter(
        file, format: name.contains("meta") ? .meta : .ndjson, columns: nil, includesChunks: true)
      for sample in EntrySamples.all where (try? sample.entry.fileAttributes()) != nil {
        try writer.write(record(sample))
      }
      try file.finish()
      #expect(truncate(path, off_t(file.bytesWritten - 3)) == 0)
      #expect(throws: FSError.self) {
        let reader = try RecordReader(path)
        while try reader.next() != nil {}
      }
    }
  }

  @Test func exportThatFailsLeavesNoFile() throws {
    try withTemporaryDirectory { directory in
      do {
        let file = try ExportFile(directory + "/x")
        try file.write([1, 2, 3])
      }
      #expect(try Set(filesIn(directory)).isEmpty)
    }
  }

  @Test func foreignFilesAreRefused() throws {
    try withTemporaryDirectory { directory in
      for (name, bytes) in [("empty", ""), ("text", "hello\n"), ("csv", "path,type\n")] {
        try write(bytes, to: directory + "/" + name)
        #expect(throws: FSError.self) { _ = try RecordReader(directory + "/" + name) }
      }
      #expect(throws: FSError.self) { _ = try RecordReader(directory + "/missing") }
    }
  }

  @Test func valuesAreQuotedInCSV() {
    #expect(CSV.line(["a", "b,c", "d\"e", "f\ng", ""]) == "a,\"b,c\",\"d\"\"e\",\"f\ng\",\n")
  }

  @Test func base64AndHexGoBothWays() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
      #expect(Base64.bytes(Base64.text(bytes)) == bytes)
      #expect(Hex.bytes(Hex.text(bytes)) == bytes)
    }
    #expect(Base64.text(Array("any carnal pleas".utf8)) == "YW55IGNhcm5hbCBwbGVhcw==")
    for text in ["a", "ab=c", "====", "a===", "!aaa"] { #expect(Base64.bytes(text) == nil) }
    for text in ["a", "zz", "+1"] { #expect(Hex.bytes(text) == nil) }
  }

  @Test func controlCharactersAreEscapedInJSON() {
    var json = JSONText()
    json.object { $0.field("a\"", "\u{1}\n\t\\ö") }
    #expect(json.string == #"{"a\"":"\u0001\n\t\\ö"}"#)
  }
}
