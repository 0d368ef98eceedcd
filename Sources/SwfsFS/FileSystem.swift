public import SwfsCore

/// The number the kernel knows a file by, for the life of the mount. 1 is the root.
public struct InodeID: Hashable, Sendable, Comparable {
  public let number: UInt64
  public static let root = InodeID(number: 1)

  public init(number: UInt64) { self.number = number }

  public static func < (left: InodeID, right: InodeID) -> Bool { left.number < right.number }
}

/// An open file or directory.
public struct HandleID: Hashable, Sendable {
  public let number: UInt64

  public init(number: UInt64) { self.number = number }
}

/// A POSIX file system in plain values: what the kernel glue calls, and tests without a kernel.
///
/// Thread-safe; calls block until done, the context's deadline or an interrupt. Whoever gets a
/// `FoundInode` from `lookup`, `create`, `makeNode`, `makeDirectory`, `makeSymlink`, `link` or a
/// `directoryEntriesPlus` row owns one reference to the inode and gives it back with `forget`.
public protocol FileSystem: Sendable {
  // Names
  func lookup(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) -> FoundInode
  func forget(_ inode: InodeID, count: UInt64)
  func makeNode(
    _ parent: InodeID, _ name: EntryName, mode: FileMode, rdev: UInt32, _ context: OperationContext
  ) throws(FSError) -> FoundInode
  func makeDirectory(
    _ parent: InodeID, _ name: EntryName, permissions: UInt16, _ context: OperationContext
  ) throws(FSError) -> FoundInode
  func makeSymlink(
    _ parent: InodeID, _ name: EntryName, target: String, _ context: OperationContext
  ) throws(FSError) -> FoundInode
  func readSymlink(_ inode: InodeID, _ context: OperationContext) throws(FSError) -> String
  func link(
    _ inode: InodeID, _ newParent: InodeID, _ newName: EntryName, _ context: OperationContext
  ) throws(FSError) -> FoundInode
  func unlink(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext) throws(FSError)
  func removeDirectory(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext) throws(FSError)
  func rename(
    _ parent: InodeID, _ name: EntryName, to newParent: InodeID, _ newName: EntryName,
    flags: RenameFlags, _ context: OperationContext) throws(FSError)

  // Attributes
  func attributes(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> InodeAttributes
  /// - Parameter handle: the open file, for `ftruncate` and friends.
  func setAttributes(
    _ inode: InodeID, handle: HandleID?, _ changes: AttributeChanges, _ context: OperationContext
  ) throws(FSError) -> InodeAttributes
  /// Checked by the kernel when it has `default_permissions`; this is for mounts without.
  func access(_ inode: InodeID, mask: Int32, _ context: OperationContext) throws(FSError)
  func getExtendedAttribute(
    _ inode: InodeID, _ name: String, _ context: OperationContext
  ) throws(FSError) -> [UInt8]
  func setExtendedAttribute(
    _ inode: InodeID, _ name: String, _ value: [UInt8], mode: ExtendedAttributeMode,
    _ context: OperationContext) throws(FSError)
  func listExtendedAttributes(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> [String]
  func removeExtendedAttribute(
    _ inode: InodeID, _ name: String, _ context: OperationContext) throws(FSError)

  // Directories
  func openDirectory(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> OpenedDirectory
  /// Hands rows from `offset` (0: from the start, else a row's `nextOffset`) to `body` until it says
  /// that its buffer is full. `.` and `..` come first. Names only: no references are taken.
  func directoryEntries(
    _ handle: HandleID, offset: UInt64, _ context: OperationContext,
    _ body: (DirectoryEntry) -> Bool) throws(FSError)
  /// The same with attributes; a reference is taken for each row that `body` accepts (returns true)
  /// and that carries an inode (`.` and `..` do not).
  func directoryEntriesPlus(
    _ handle: HandleID, offset: UInt64, _ context: OperationContext,
    _ body: (DirectoryEntry, FoundInode?) -> Bool) throws(FSError)
  func releaseDirectory(_ handle: HandleID)
  func syncDirectory(_ handle: HandleID, _ context: OperationContext) throws(FSError)

  // Files
  func create(
    _ parent: InodeID, _ name: EntryName, permissions: UInt16, flags: OpenFlags,
    _ context: OperationContext
  ) throws(FSError) -> (FoundInode, OpenedFile)
  /// - Throws: `stale` when the name has come to mean another file: the kernel then looks it up again.
  func open(
    _ inode: InodeID, flags: OpenFlags, _ context: OperationContext
  ) throws(FSError) -> OpenedFile
  /// - Returns: bytes put into the buffer; fewer than asked only at the end of the file.
  func read(
    _ handle: HandleID, offset: Int64, into buffer: UnsafeMutableRawBufferPointer,
    _ context: OperationContext
  ) throws(FSError) -> Int
  /// - Returns: bytes taken: all of them.
  func write(
    _ handle: HandleID, offset: Int64, _ bytes: UnsafeRawBufferPointer, _ context: OperationContext
  ) throws(FSError) -> Int
  /// `close` of one descriptor: everything written so far is stored and committed when it returns.
  /// - Parameter lockOwner: its POSIX locks go.
  func flush(
    _ handle: HandleID, lockOwner: UInt64?, _ context: OperationContext) throws(FSError)
  func sync(_ handle: HandleID, dataOnly: Bool, _ context: OperationContext) throws(FSError)
  /// Last close. `flockOwner`: its flock goes.
  func release(_ handle: HandleID, flockOwner: UInt64?)
  func allocate(
    _ handle: HandleID, mode: Int32, offset: Int64, length: Int64, _ context: OperationContext
  ) throws(FSError)
  /// SEEK_DATA (3) and SEEK_HOLE (4).
  func seek(
    _ handle: HandleID, offset: Int64, whence: Int32, _ context: OperationContext
  ) throws(FSError) -> Int64
  func copyRange(
    from source: HandleID, offset: Int64, to target: HandleID, targetOffset: Int64, length: Int64,
    _ context: OperationContext
  ) throws(FSError) -> Int64

  // Locks. Blocking forms return only when granted, interrupted or past the deadline.
  func getLock(
    _ handle: HandleID, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> AdvisoryLock?
  func setLock(
    _ handle: HandleID, _ lock: AdvisoryLock, wait: Bool, _ context: OperationContext
  ) throws(FSError)

  // The whole
  func statistics(_ context: OperationContext) throws(FSError) -> VolumeStatistics
  /// Stores and commits everything dirty; what could not be stored by the deadline is named.
  func flushAll(_ context: OperationContext) -> [FlushFailure]
}

/// An inode with one reference for the caller, and how long the kernel may believe it.
public struct FoundInode: Sendable, Equatable {
  public var inode: InodeID
  public var attributes: FileAttributes
  public var validity: Validity

  public init(inode: InodeID, attributes: FileAttributes, validity: Validity) {
    self.inode = inode
    self.attributes = attributes
    self.validity = validity
  }
}

public struct InodeAttributes: Sendable, Equatable {
  public var inode: InodeID
  public var attributes: FileAttributes
  public var validity: Validity

  public init(inode: InodeID, attributes: FileAttributes, validity: Validity) {
    self.inode = inode
    self.attributes = attributes
    self.validity = validity
  }
}

/// Seconds the kernel may cache a name and attributes. Long while all event streams are healthy.
public struct Validity: Sendable, Equatable {
  public var nameSeconds: Double
  public var attributeSeconds: Double

  public init(nameSeconds: Double, attributeSeconds: Double) {
    self.nameSeconds = nameSeconds
    self.attributeSeconds = attributeSeconds
  }
}

public struct DirectoryEntry: Sendable, Equatable {
  public var name: EntryName
  public var inode: InodeID
  public var kind: FileKind
  /// The offset that resumes behind this row; never 0.
  public var nextOffset: UInt64

  public init(name: EntryName, inode: InodeID, kind: FileKind, nextOffset: UInt64) {
    self.name = name
    self.inode = inode
    self.kind = kind
    self.nextOffset = nextOffset
  }
}

public struct OpenedDirectory: Sendable, Equatable {
  public var handle: HandleID
  /// The kernel may use and fill its own cache of this directory (FOPEN_CACHE_DIR); `keepCache`:
  /// what it already has is still right (FOPEN_KEEP_CACHE).
  public var cacheInKernel: Bool
  public var keepCache: Bool

  public init(handle: HandleID, cacheInKernel: Bool, keepCache: Bool) {
    self.handle = handle
    self.cacheInKernel = cacheInKernel
    self.keepCache = keepCache
  }
}

public struct OpenedFile: Sendable, Equatable {
  public var handle: HandleID
  /// Pages the kernel has of this file are still right.
  public var keepCache: Bool
  /// Bypass the page cache for this handle.
  public var directIO: Bool

  public init(handle: HandleID, keepCache: Bool, directIO: Bool) {
    self.handle = handle
    self.keepCache = keepCache
    self.directIO = directIO
  }
}

/// The flags of `open(2)` that a file system acts on.
public struct OpenFlags: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let read = OpenFlags(rawValue: 1)
  public static let write = OpenFlags(rawValue: 2)
  public static let append = OpenFlags(rawValue: 4)
  public static let truncate = OpenFlags(rawValue: 8)
  public static let exclusive = OpenFlags(rawValue: 16)
  public static let direct = OpenFlags(rawValue: 32)
  /// O_SYNC or O_DSYNC: each write is stored and committed before it returns.
  public static let sync = OpenFlags(rawValue: 64)
}

public struct RenameFlags: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let noReplace = RenameFlags(rawValue: 1)
  public static let exchange = RenameFlags(rawValue: 2)
  public static let whiteout = RenameFlags(rawValue: 4)
}

public enum ExtendedAttributeMode: Sendable { case any, create, replace }

/// What `chmod`, `chown`, `truncate` and `utimensat` ask for; nil leaves a thing alone.
public struct AttributeChanges: Sendable, Equatable {
  public var permissions: UInt16?
  public var uid: UInt32?
  public var gid: UInt32?
  public var size: Int64?
  public var atime: TimeChange?
  public var mtime: TimeChange?
  /// The kernel asks to drop set-id bits (a write or truncate by somebody else than root).
  public var dropSetID = false

  public enum TimeChange: Sendable, Equatable {
    case now
    case to(Timestamp)
  }

  public init() {}
}

public struct VolumeStatistics: Sendable, Equatable {
  public var blockSize: UInt32
  public var totalBlocks: UInt64
  public var freeBlocks: UInt64
  public var files: UInt64
  public var freeFiles: UInt64
  public var nameBytesMax: UInt32

  public init(
    blockSize: UInt32, totalBlocks: UInt64, freeBlocks: UInt64, files: UInt64, freeFiles: UInt64,
    nameBytesMax: UInt32 = 255
  ) {
    self.blockSize = blockSize
    self.totalBlocks = totalBlocks
    self.freeBlocks = freeBlocks
    self.files = files
    self.freeFiles = freeFiles
    self.nameBytesMax = nameBytesMax
  }
}

public struct FlushFailure: Sendable {
  public var path: String
  public var bytes: Int
  public var error: FSError

  public init(path: String, bytes: Int, error: FSError) {
    self.path = path
    self.bytes = bytes
    self.error = error
  }
}

/// The way back to the kernel: implemented by the glue, called by the file system when somebody else
/// changed something. Implementations never block the caller: a thread of their own tells the kernel.
public protocol KernelNotifier: Sendable {
  /// Forget cached attributes, and cached pages when `dropData`.
  func invalidate(_ inode: InodeID, dropData: Bool)
  /// Forget cached attributes (not pages) before this call returns: for an `open` that must be right at
  /// the first look. May be called by a thread that serves a request: the kernel takes no lock for it
  /// that a request holds.
  func invalidateAttributesNow(_ inode: InodeID)
  /// Forget what a name in a directory means (a new, moved, or changed entry).
  func invalidate(_ parent: InodeID, name: EntryName)
  /// A name is gone; watchers of the directory (inotify) hear of it.
  func removed(_ parent: InodeID, name: EntryName, child: InodeID)
}
