import Testing

@testable import SwfsLab

@Suite struct MountTableTests {
  private let text = """
    22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
    23 22 0:5 / /proc rw shared:12 - proc proc rw
    40 22 0:40 / /mnt/sea\\040weed rw,nosuid - fuse.swfs swfs rw,user_id=0
    41 22 0:41 / /mnt/b rw - fuse b rw
    42 22 0:42 / /mnt/c rw - fusectl c rw
    broken line
    """

  @Test func readsPointAndType() {
    let mounts = MountTable.parse(text)
    #expect(mounts.map(\.point) == ["/", "/proc", "/mnt/sea weed", "/mnt/b", "/mnt/c"])
    #expect(mounts.filter(\.isFuse).map(\.point) == ["/mnt/sea weed", "/mnt/b"])
  }

  @Test func insideMeansWholeNames() {
    #expect(MountTable.isInside("/a/b", "/a"))
    #expect(MountTable.isInside("/a", "/a"))
    #expect(MountTable.isInside("/a", "/"))
    #expect(!MountTable.isInside("/ab", "/a"))
    #expect(!MountTable.isInside("/", "/a"))
  }
}
