import Glibc
import SwfsCore
import SwfsFS
import Testing

@testable import SwfsFuse

/// What the kernel believes for a minute, until it is told better.
@Suite(.serialized) struct MountedNotificationTests {
  private func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = Deadline(secondsFromNow: 20)
    while !deadline.hasPassed {
      if condition() { return true }
      pause(seconds: 0.01)
    }
    return false
  }

  private func inode(_ mount: MountedMemory, _ name: EntryName) throws -> InodeID {
    try #require(mount.files.state.withLock { $0.nodes[.root]?.children[name] })
  }

  @Test func changedContentIsReadAfterTheNews() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], "old"))
    #expect(readFile(mount["f"]) == "old")
    let inode = try inode(mount, "f")
    mount.files.state.update { $0.nodes[inode]?.bytes = Array("new".utf8) }
    #expect(readFile(mount["f"]) == "old")
    mount.notifications.invalidate(inode, dropData: true)
    #expect(eventually { readFile(mount["f"]) == "new" })
  }

  @Test func changedAttributesAreSeenAfterTheNews() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], ""))
    let inode = try inode(mount, "f")
    #expect(status(mount["f"])?.st_uid != 77)
    mount.files.state.update { $0.nodes[inode]?.attributes.uid = 77 }
    #expect(status(mount["f"])?.st_uid != 77)
    mount.notifications.invalidate(inode, dropData: false)
    #expect(eventually { status(mount["f"])?.st_uid == 77 })
  }

  @Test(arguments: [true, false])
  func aNameThatWentIsForgotten(asRemoval: Bool) throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], ""))
    let inode = try inode(mount, "f")
    mount.files.state.update { $0.nodes[.root]?.children["f"] = nil }
    #expect(status(mount["f"]) != nil)
    if asRemoval {
      mount.notifications.removed(.root, name: "f", child: inode)
    } else {
      mount.notifications.invalidate(.root, name: "f")
    }
    #expect(eventually { status(mount["f"]) == nil })
  }

  @Test func newsOfWhatTheKernelDoesNotKnowIsHarmless() throws {
    let mount = try MountedMemory()
    mount.notifications.invalidate(InodeID(number: 999), dropData: true)
    mount.notifications.removed(.root, name: "nobody", child: InodeID(number: 998))
    mount.notifications.invalidate(InodeID(number: 997), name: "nobody")
    #expect(writeFile(mount["f"], "x") && readFile(mount["f"]) == "x")
    #expect(mount.end())
  }
}
