internal import COpenSSL
internal import SwfsCore

/// The `dirhash` column: the first eight bytes of a directory path's MD5, big-endian, signed.
enum DirectoryHash {
  /// - Throws: `unsupported` when OpenSSL refuses MD5 (FIPS mode).
  static func of(_ directory: EntryPath) throws(FSError) -> Int64 {
    var text = directory.string
    var digest = [UInt8](repeating: 0, count: 16)
    let done = text.withUTF8 { bytes in
      EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_md5(), nil)
    }
    guard done == 1 else {
      throw FSError(.unsupported, "OpenSSL refuses MD5, which the filemeta table is keyed by")
    }
    return digest.withUnsafeBytes { Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) }
  }
}
