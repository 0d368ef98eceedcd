internal import COpenSSL
import SwfsCore

/// AES-256-GCM by OpenSSL. The caller sees to it that a nonce is used once under a key.
enum AuthenticatedCipher {
  static let keyBytes = 32
  static let nonceBytes = 12
  static let tagBytes = 16

  /// Ciphertext and tag.
  ///
  /// - Throws: `remote` when OpenSSL fails, `fileTooLarge` over 2^31 bytes.
  static func seal(
    _ clear: [UInt8], key: [UInt8], nonce: [UInt8], additional: [UInt8]
  ) throws(FSError) -> [UInt8] {
    let context = try begin(clear.count, key, nonce)
    defer { EVP_CIPHER_CTX_free(context.cipher) }
    var isGood =
      EVP_EncryptInit_ex(context.cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1
      && addData(additional) {
        EVP_EncryptUpdate(context.cipher, nil, $0, additional, $1)
      }
    let sealed = [UInt8](unsafeUninitializedCapacity: clear.count + tagBytes) { out, filled in
      guard let base = out.baseAddress else { return }
      var written: Int32 = 0
      var tail: Int32 = 0
      isGood =
        isGood
        && (context.count == 0
          || EVP_EncryptUpdate(context.cipher, base, &written, clear, context.count) == 1)
        && EVP_EncryptFinal_ex(context.cipher, base + Int(written), &tail) == 1
        && EVP_CIPHER_CTX_ctrl(
          context.cipher, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), base + clear.count) == 1
        && written == context.count && tail == 0
      filled = isGood ? out.count : 0
    }
    guard isGood else { throw FSError(.remote, "OpenSSL cannot encrypt") }
    return sealed
  }

  /// - Throws: `corrupt` when the tag does not fit: other bytes, another key, another place.
  static func open(
    _ sealed: UnsafeRawBufferPointer, key: [UInt8], nonce: [UInt8], additional: [UInt8],
    _ what: String
  ) throws(FSError) -> [UInt8] {
    let clearBytes = sealed.count - tagBytes
    guard clearBytes >= 0, let base = sealed.bindMemory(to: UInt8.self).baseAddress else {
      throw FSError(.corrupt, "\(what): too short")
    }
    let context = try begin(clearBytes, key, nonce)
    defer { EVP_CIPHER_CTX_free(context.cipher) }
    var tag = [UInt8](sealed.suffix(tagBytes))
    var isGood =
      EVP_DecryptInit_ex(context.cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1
      && addData(additional) { EVP_DecryptUpdate(context.cipher, nil, $0, additional, $1) }
    // One spare byte, so that the buffer has an address when there is nothing to decrypt.
    let clear = [UInt8](unsafeUninitializedCapacity: clearBytes + 1) { out, filled in
      guard let target = out.baseAddress else { return }
      var written: Int32 = 0
      var tail: Int32 = 0
      isGood =
        isGood
        && (context.count == 0
          || EVP_DecryptUpdate(context.cipher, target, &written, base, context.count) == 1)
        && EVP_CIPHER_CTX_ctrl(
          context.cipher, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag) == 1
        && EVP_DecryptFinal_ex(context.cipher, target + Int(written), &tail) == 1
        && written == context.count && tail == 0
      filled = isGood ? clearBytes : 0
    }
    guard isGood else { throw FSError(.corrupt, "\(what): does not decrypt, so it is damaged") }
    return clear
  }

  private struct Context {
    let cipher: OpaquePointer
    let count: Int32
  }

  private static func begin(
    _ count: Int, _ key: [UInt8], _ nonce: [UInt8]
  ) throws(FSError) -> Context {
    guard key.count == keyBytes, nonce.count == nonceBytes else {
      throw FSError(.invalidArgument, "a key or a nonce of a wrong length")
    }
    guard let count = Int32(exactly: count) else {
      throw FSError(.fileTooLarge, "\(count) bytes are too many for one frame")
    }
    guard let cipher = EVP_CIPHER_CTX_new() else {
      throw FSError(.outOfMemory, "no memory for a cipher")
    }
    return Context(cipher: cipher, count: count)
  }

  private static func addData(
    _ additional: [UInt8], _ update: (UnsafeMutablePointer<Int32>, Int32) -> Int32
  ) -> Bool {
    var ignored: Int32 = 0
    return update(&ignored, Int32(clamping: additional.count)) == 1
  }
}
