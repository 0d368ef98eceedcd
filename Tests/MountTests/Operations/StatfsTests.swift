import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct StatfsTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func numbersAreReal() throws {
    let space = try Posix.space(scratch.path)
    #expect(space.f_blocks > 0 && space.f_bsize > 0 && space.f_frsize > 0)
    #expect(space.f_bfree <= space.f_blocks && space.f_bavail <= space.f_bfree)
    #expect(space.f_namemax == 255)
  }

  @Test func dfShowsTheMount() throws {
    let output = try Command.check(["df", "-P", scratch.path])
    #expect(output.split(separator: "\n").count == 2)
    if MountFixture.hasCluster { #expect(output.contains(try MountFixture.mount().path)) }
  }
}
