import FoundationEssentials
import SwfsCore
import SwfsProto

extension StoredAttributes {
  init(_ message: FilerPb_FuseAttributes) {
    self.init()
    fileSize = message.fileSize
    mtime = message.mtime
    mtimeNanoseconds = message.mtimeNs
    fileMode = message.fileMode
    uid = message.uid
    gid = message.gid
    crtime = message.crtime
    crtimeNanoseconds = message.crtimeNs
    mime = message.mime
    ttlSeconds = message.ttlSec
    userName = message.userName
    groupNames = message.groupName
    symlinkTarget = message.symlinkTarget
    md5 = [UInt8](message.md5)
    rdev = message.rdev
    inode = message.inode
    ctime = message.ctime
    ctimeNanoseconds = message.ctimeNs
    atime = message.atime
    atimeNanoseconds = message.atimeNs
  }

  var message: FilerPb_FuseAttributes {
    var message = FilerPb_FuseAttributes()
    message.fileSize = fileSize
    message.mtime = mtime
    message.mtimeNs = mtimeNanoseconds
    message.fileMode = fileMode
    message.uid = uid
    message.gid = gid
    message.crtime = crtime
    message.crtimeNs = crtimeNanoseconds
    message.mime = mime
    message.ttlSec = ttlSeconds
    message.userName = userName
    message.groupName = groupNames
    message.symlinkTarget = symlinkTarget
    message.md5 = Data(md5)
    message.rdev = rdev
    message.inode = inode
    message.ctime = ctime
    message.ctimeNs = ctimeNanoseconds
    message.atime = atime
    message.atimeNs = atimeNanoseconds
    return message
  }
}
