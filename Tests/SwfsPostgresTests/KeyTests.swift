import SwfsCore
import Testing

@testable import SwfsPostgres

struct KeyTests {
  @Test(
    arguments: [
      ("/", 7_378_810_950_367_401_542), ("/a", 448_519_926_783_584_983),
      ("/buckets/b1", -7_906_067_110_790_569_462),
    ] as [(EntryPath, Int64)])
  func directoryHashIsTheFilers(path: EntryPath, hash: Int64) throws {
    #expect(try DirectoryHash.of(path) == hash)
  }

  @Test func keyValueRowOfTheStoreID() {
    let row = KeyValueRow(key: Array("filer.store.id".utf8))
    #expect(row.dirhash == 7_379_548_647_386_411_892)
    #expect(row.directory == "ZmlsZXIuc3Q=")
    #expect(row.name == "b3JlLmlk")
  }

  @Test func shortKeyIsPadded() {
    let row = KeyValueRow(key: [1, 2])
    #expect(row.dirhash == 0x0102_0000_0000_0000)
    #expect(row.directory == "AQIAAAAAAAA=")
    #expect(row.name == "")
  }

  @Test func base64OfEveryLength() {
    #expect(KeyValueRow.base64([]) == "")
    #expect(KeyValueRow.base64([0xff]) == "/w==")
    #expect(KeyValueRow.base64([0xff, 0xfe]) == "//4=")
    #expect(KeyValueRow.base64([0xff, 0xfe, 0x00]) == "//4A")
  }
}
