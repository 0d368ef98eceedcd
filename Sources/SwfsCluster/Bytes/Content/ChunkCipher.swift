internal import COpenSSL
import SwfsCore

/// AES-256-GCM of chunks: a fresh key for each, needle = 12 bytes nonce, ciphertext, 16 bytes tag, no
/// additional data. The key stands in the entry.
enum ChunkCipher {
  static let keyBytes = 32
  static let nonceBytes = 12
  static let tagBytes = 16
  static let overheadBytes = nonceBytes + tagBytes

  /// - Throws: `remote` when the random generator or OpenSSL fails.
  static func seal(
    _ clear: UnsafeRawBufferPointer
  ) throws(FSError) -> (key: [UInt8], needle: [UInt8]) {
    var key = [UInt8](repeating: 0, count: keyBytes)
    var nonce = [UInt8](repeating: 0, count: nonceBytes)
    guard RAND_bytes(&key, Int32(keyBytes)) == 1, RAND_bytes(&nonce, Int32(nonceBytes)) == 1 else {
      throw FSError(.remote, "no random bytes for an encryption key")
    }
    guard let count = Int32(exactly: clear.count), let cipher = EVP_CIPHER_CTX_new() else {
      throw FSError(.outOfMemory, "cannot encrypt \(clear.count) bytes")
    }
    defer { EVP_CIPHER_CTX_free(cipher) }
    var isGood = EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1
    let needle = [UInt8](unsafeUninitializedCapacity: clear.count + overheadBytes) { out, filled in
      guard let base = out.baseAddress else { return }
      base.update(from: nonce, count: nonceBytes)
      var written: Int32 = 0
      var tail: Int32 = 0
      let body = base + nonceBytes
      let source = clear.bindMemory(to: UInt8.self).baseAddress
      isGood =
        isGood && (count == 0 || EVP_EncryptUpdate(cipher, body, &written, source, count) == 1)
        && EVP_EncryptFinal_ex(cipher, body + Int(written), &tail) == 1
        && EVP_CIPHER_CTX_ctrl(
          cipher, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), body + clear.count) == 1
        && written == count && tail == 0
      filled = isGood ? out.count : 0
    }
    guard isGood else { throw FSError(.remote, "OpenSSL cannot encrypt") }
    return (key, needle)
  }

  /// - Throws: `corrupt` when the needle is too short, the key has the wrong length or the tag does
  ///   not fit.
  static func open(_ needle: [UInt8], key: [UInt8]) throws(FSError) -> [UInt8] {
    guard key.count == keyBytes else {
      throw FSError(.corrupt, "the encryption key has \(key.count) bytes instead of \(keyBytes)")
    }
    let clearBytes = needle.count - overheadBytes
    guard clearBytes >= 0, let count = Int32(exactly: clearBytes) else {
      throw FSError(.corrupt, "an encrypted needle of \(needle.count) bytes is impossible")
    }
    guard let cipher = EVP_CIPHER_CTX_new() else {
      throw FSError(.outOfMemory, "cannot decrypt \(clearBytes) bytes")
    }
    defer { EVP_CIPHER_CTX_free(cipher) }
    var isGood = false
    let clear = [UInt8](unsafeUninitializedCapacity: clearBytes) { out, filled in
      needle.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        var tag = Array(source.suffix(tagBytes))
        var nothing: UInt8 = 0
        withUnsafeMutablePointer(to: &nothing) { nowhere in
          let target = out.baseAddress ?? nowhere
          var written: Int32 = 0
          var tail: Int32 = 0
          isGood =
            EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, key, base) == 1
            && (count == 0
              || EVP_DecryptUpdate(cipher, target, &written, base + nonceBytes, count) == 1)
            && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag) == 1
            && EVP_DecryptFinal_ex(cipher, target + Int(written), &tail) == 1
            && written == count && tail == 0
        }
      }
      filled = isGood ? clearBytes : 0
    }
    guard isGood else {
      throw FSError(.corrupt, "the needle does not decrypt with the entry's key")
    }
    return clear
  }
}
