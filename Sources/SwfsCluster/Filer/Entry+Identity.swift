import SwfsCore

/// Recognising a write of our own whose answer was lost.
extension Entry {
  /// Whether a stored entry is what this one becomes when a filer stores it.
  ///
  /// The filer keeps the crtime and inode of an entry that was there before, fills in a missing atime,
  /// drops chunks that newer ones cover, and may move chunks into manifests.
  func isStored(as stored: Entry) -> Bool {
    var mine = self
    var theirs = stored
    mine.attributes.crtime = theirs.attributes.crtime
    // Filers drop the part of a creation time below a second.
    mine.attributes.crtimeNanoseconds = theirs.attributes.crtimeNanoseconds
    if mine.attributes.inode == 0 || theirs.attributes.inode == 0 {
      mine.attributes.inode = 0
      theirs.attributes.inode = 0
    }
    if mine.attributes.atime == 0 {
      theirs.attributes.atime = 0
      theirs.attributes.atimeNanoseconds = 0
      mine.attributes.atimeNanoseconds = 0
    }
    if mine.attributes.mime == "application/octet-stream" { mine.attributes.mime = "" }
    // A size below the chunks' extent is raised to it.
    mine.attributes.fileSize = 0
    theirs.attributes.fileSize = 0
    let chunks = Set(mine.chunks)
    let known =
      theirs.chunks.isEmpty == chunks.isEmpty
      && theirs.chunks.allSatisfy { chunks.contains($0) || $0.isManifest }
    mine.chunks = []
    theirs.chunks = []
    return known && mine == theirs
  }

  /// Whether two entries are the same file under two names: what a rename keeps.
  func isSameFile(as other: Entry) -> Bool {
    attributes.inode == other.attributes.inode && attributes.crtime == other.attributes.crtime
      && attributes.mode.kind == other.attributes.mode.kind && hardLinkID == other.hardLinkID
      && chunks.map(\.fid) == other.chunks.map(\.fid)
  }
}
