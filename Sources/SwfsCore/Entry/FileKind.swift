/// What an entry is. SeaweedFS keeps the type in Go's `os.FileMode` bits, not in `S_IFMT`.
public enum FileKind: UInt8, Sendable, CaseIterable {
  case regular, directory, symlink, fifo, socket, characterDevice, blockDevice
}

/// `FuseAttributes.file_mode` taken apart and put together again.
///
/// Type bits follow Go: directory 31, symlink 27, block device 26, FIFO 25, socket 24, character
/// device 21 (with or without 26). Set-id and sticky bits occur in the unix form (weed mount) and in
/// Go's (bits 23, 22, 20); both are read, the unix form is written.
public struct FileMode: Sendable, Hashable {
  public var kind: FileKind
  /// The low twelve bits as `chmod` knows them.
  public var permissions: UInt16

  public init(kind: FileKind, permissions: UInt16) {
    self.kind = kind
    self.permissions = permissions & 0o7777
  }

  public init(stored mode: UInt32) {
    func has(_ bit: UInt32) -> Bool { mode & (1 << bit) != 0 }
    if has(31) {
      kind = .directory
    } else if has(27) {
      kind = .symlink
    } else if has(21) {
      kind = .characterDevice
    } else if has(26) {
      kind = .blockDevice
    } else if has(25) {
      kind = .fifo
    } else if has(24) {
      kind = .socket
    } else {
      kind = .regular
    }
    var bits = UInt16(mode & 0o7777)
    if has(23) { bits |= 0o4000 }
    if has(22) { bits |= 0o2000 }
    if has(20) { bits |= 0o1000 }
    permissions = bits
  }

  /// The number to store.
  public var stored: UInt32 {
    let type: UInt32 =
      switch kind {
      case .regular: 0
      case .directory: 1 << 31
      case .symlink: 1 << 27
      case .blockDevice: 1 << 26
      case .fifo: 1 << 25
      case .socket: 1 << 24
      case .characterDevice: 1 << 21
      }
    return type | UInt32(permissions)
  }
}
