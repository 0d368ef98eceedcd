import CFuse
import SwfsCore
import SwfsFS
import SwfsObserve

extension OperationTable {
  static func addWholeFileSystem(_ table: inout fuse_lowlevel_ops) {
    table.statfs = { request, inode in
      serve(request, .statfs, inode) { glue, context throws(FSError) in
        .statistics(try glue.fileSystem.statistics(context))
      }
    }
  }
}
