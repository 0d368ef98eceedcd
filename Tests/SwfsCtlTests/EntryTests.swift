import ArgumentParser
import SwfsCore
import Testing

@testable import SwfsCtl

@Suite struct EntryTests {
  @Test func sizesAndTimesAreUnderstood() {
    #expect(Units.bytes("4096") == 4096)
    #expect(Units.bytes("10k") == 10240)
    #expect(Units.bytes("1.5GiB") == 1_610_612_736)
    for text in ["", "x", "-1", "1e999", "10 q", "nan"] { #expect(Units.bytes(text) == nil) }
    #expect(Units.seconds("90") == 90)
    #expect(Units.seconds("2h") == 7200)
    #expect(Units.seconds("7d") == 604_800)
    for text in ["", "h", "-1s", "inf"] { #expect(Units.seconds(text) == nil) }
  }

  @Test func sizesAreShownInThreeDigits() {
    #expect(Units.text(bytes: 0) == "0 B")
    #expect(Units.text(bytes: 1023) == "1.00 KiB")
    #expect(Units.text(bytes: 1536) == "1.50 KiB")
    #expect(Units.text(bytes: 20 << 30) == "20.0 GiB")
    #expect(Units.text(bytes: .max) == "16.0 EiB")
    #expect(Units.utc(Timestamp(seconds: 0)) == "1970-01-01T00:00:00Z")
    #expect(Units.utc(Timestamp(seconds: -62_135_596_800)) == "0001-01-01T00:00:00Z")
  }

  @Test func modesAreShownAsLsDoes() {
    #expect(FileMode(kind: .regular, permissions: 0o644).listing == "-rw-r--r--")
    #expect(FileMode(kind: .directory, permissions: 0o1777).listing == "drwxrwxrwt")
    #expect(FileMode(kind: .regular, permissions: 0o4755).listing == "-rwsr-xr-x")
    #expect(FileMode(kind: .regular, permissions: 0o2644).listing == "-rw-r-Sr--")
    #expect(FileMode(kind: .regular, permissions: 0o1666).listing == "-rw-rw-rwT")
  }

  @Test func typesAreNamedByWordOrLetter() {
    #expect(FileKind("file") == .regular)
    #expect(FileKind("f") == .regular)
    #expect(FileKind("dir") == .directory)
    #expect(FileKind("l") == .symlink)
    #expect(FileKind("block") == .blockDevice)
    #expect(FileKind("x") == nil)
    #expect(FileKind("") == nil)
  }

  @Test func filtersHaveToHoldTogether() throws {
    let now = Timestamp(seconds: 1_000_000)
    let options = try FilterOptions.parse([
      "--name", "*.iso", "--name", "a*", "--type", "f", "--min-size", "10", "--max-size", "1k",
      "--older-than", "1h", "--owner", "5",
    ])
    let filter = try options.filter(now: now)
    #expect(!filter.refuses("x.iso") && !filter.refuses("abc") && filter.refuses("x.txt"))
    let good = file(size: 100, mtime: 900_000, uid: 5)
    #expect(filter.accepts(good))
    for change in [
      { (file: inout FileAttributes) in file.size = 9 }, { $0.size = 1025 },
      { $0.mtime = Timestamp(seconds: 999_999) }, { $0.uid = 6 },
      { $0.mode = FileMode(kind: .directory, permissions: 0o755) },
    ] {
      var bad = good
      change(&bad)
      #expect(!filter.accepts(bad))
    }
  }

  @Test func nonsenseInFiltersIsRefused() {
    for arguments in [
      ["--type", "house"], ["--min-size", "big"], ["--older-than", "yesterday"],
      ["--owner", "nobody-by-this-name"],
    ] {
      #expect(throws: (any Error).self) { try FilterOptions.parse(arguments) }
    }
  }

  @Test func namesCannotHarmTheTerminal() {
    #expect(ListingLine.printable("größe") == "größe")
    #expect(ListingLine.printable("a\u{1b}[2Jb\n") == "a\\x1b[2Jb\\x0a")
  }

  @Test func usageAddsUpToParents() {
    var table = UsageTable(root: "/a", depth: 1)
    table.add("/a", "x", file(size: 1))
    table.add("/a", "b", file(.directory))
    table.add("/a/b", "y", file(size: 10))
    table.add("/a/b", "c", file(.directory))
    table.add("/a/b/c", "z", file(size: 100))
    table.add("/a/b/c", "l", file(.symlink, size: 7))
    let totals = table.totals()
    #expect(totals.map(\.path) == ["/a", "/a/b"])
    #expect(totals[0].usage == .init(files: 3, directories: 2, others: 1, bytes: 111))
    #expect(totals[1].usage == .init(files: 2, directories: 2, others: 1, bytes: 110))
  }

  @Test func fileWithTwoNamesCountsOnce() {
    var table = UsageTable(root: "/", depth: 0)
    table.add("/", "a", file(size: 5, link: [1]))
    table.add("/d", "b", file(size: 5, link: [1]))
    #expect(table.totals()[0].usage == .init(files: 2, bytes: 5))
  }

  @Test func progressTellsWhatIsLeft() {
    #expect(Progress.line("entries", 50, 100, 5) == "50 entries, 10/s, about 50 %, 5 s left")
    #expect(Progress.line("entries", 50, nil, 5) == "50 entries, 10/s")
    #expect(Progress.line("entries", 150, 100, 5) == "150 entries, 30/s")
  }
}
