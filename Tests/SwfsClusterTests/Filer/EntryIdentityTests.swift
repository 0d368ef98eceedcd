import SwfsCore
import Testing

@testable import SwfsCluster

@Suite struct EntryIdentityTests {
  private func written() -> Entry {
    var entry = EntryProtoTests.everyField()
    entry.chunks = [entry.chunks[0]]
    entry.chunks[0].isManifest = false
    return entry
  }

  @Test func whatTheFilerFillsInDoesNotMatter() {
    var mine = written()
    mine.attributes.inode = 0
    mine.attributes.atime = 0
    mine.attributes.mime = "application/octet-stream"
    var stored = mine
    stored.attributes.inode = 99
    stored.attributes.crtime = 1
    stored.attributes.crtimeNanoseconds = 0
    stored.attributes.atime = stored.attributes.mtime
    stored.attributes.mime = ""
    stored.attributes.fileSize = 35
    #expect(mine.isStored(as: stored))
  }

  @Test func chunksInAManifestAreStillOurs() {
    let mine = written()
    var stored = mine
    stored.chunks = [
      Chunk(
        fid: FileID(volume: 9, key: 9, cookie: 9), offset: 0, size: 9, modifiedNanoseconds: 0,
        isManifest: true)
    ]
    #expect(mine.isStored(as: stored))
    stored.chunks[0].isManifest = false
    #expect(!mine.isStored(as: stored))
  }

  @Test func anotherWritersEntryIsNotOurs() {
    let mine = written()
    for change: (inout Entry) -> Void in [
      { $0.attributes.inode += 1 }, { $0.attributes.mtimeNanoseconds += 1 },
      { $0.attributes.uid += 1 }, { $0.extended["x"] = [] }, { $0.content = [9] },
      { $0.hardLinkCounter += 1 },
      { $0.chunks[0].fid?.key += 1 }, { $0.chunks = [] },
    ] {
      var other = mine
      change(&other)
      #expect(!mine.isStored(as: other))
    }
  }

  @Test func sameFileUnderAnotherName() {
    let file = written()
    var moved = file
    moved.name = "other"
    moved.attributes.mtime += 5
    #expect(moved.isSameFile(as: file))
    moved.attributes.inode += 1
    #expect(!moved.isSameFile(as: file))
  }
}
