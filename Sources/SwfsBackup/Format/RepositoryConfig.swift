import SwfsCore

/// The `config` object: how the password leads to the repository key.
struct RepositoryConfig: Equatable {
  /// 32 hex digits.
  var repositoryID: String
  var cost: PasswordCost
  var salt: [UInt8]
  /// Nonce, ciphertext, tag.
  var wrappedKey: [UInt8]

  static let name = "config"
  static let copyName = "config.copy"
  static let saltBytes = 32
  private static let wrappedBytes =
    AuthenticatedCipher.nonceBytes + AuthenticatedCipher.keyBytes + AuthenticatedCipher.tagBytes

  /// A new repository with a random key.
  static func make(
    password: [UInt8], cost: PasswordCost
  ) throws(FSError) -> (config: RepositoryConfig, key: RepositoryKey) {
    var config = RepositoryConfig(
      repositoryID: Hex.text(try RandomBytes.make(16)), cost: cost,
      salt: try RandomBytes.make(saltBytes), wrappedKey: [])
    let key = try RandomBytes.make(AuthenticatedCipher.keyBytes)
    let nonce = try RandomBytes.make(AuthenticatedCipher.nonceBytes)
    let wrapping = try cost.key(password: password, salt: config.salt)
    config.wrappedKey =
      nonce
      + (try AuthenticatedCipher.seal(key, key: wrapping, nonce: nonce, additional: config.head))
    return (config, RepositoryKey(bytes: key))
  }

  /// - Throws: `accessDenied` for a wrong password.
  func unwrap(password: [UInt8]) throws(FSError) -> RepositoryKey {
    let wrapping = try cost.key(password: password, salt: salt)
    let nonce = [UInt8](wrappedKey.prefix(AuthenticatedCipher.nonceBytes))
    let sealed = [UInt8](wrappedKey.dropFirst(AuthenticatedCipher.nonceBytes))
    do {
      let key = try sealed.withBytes { (raw) throws(FSError) in
        try AuthenticatedCipher.open(
          raw, key: wrapping, nonce: nonce, additional: head, "repository key")
      }
      return RepositoryKey(bytes: key)
    } catch {
      guard error.code == .corrupt else { throw error }
      throw FSError(.accessDenied, "wrong password for repository \(repositoryID.prefix(8))")
    }
  }

  private var head: [UInt8] {
    [UInt8](
      """
      swfs-backup 1
      repository \(repositoryID)
      kdf scrypt \(cost.n) \(cost.r) \(cost.p) \(Hex.text(salt))

      """.utf8)
  }

  func encoded() throws(FSError) -> [UInt8] {
    let text = head + [UInt8]("key \(Hex.text(wrappedKey))\n".utf8)
    return text + [UInt8]("sha256 \(try ContentID(of: text).hex)\n".utf8)
  }

  /// - Throws: `corrupt` for damage, `unsupported` for a later version of the format.
  init(decoding bytes: [UInt8]) throws(FSError) {
    let damaged = FSError(.corrupt, "config: damaged")
    guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, first.hasPrefix("swfs-backup ") else { throw damaged }
    guard first == "swfs-backup 1" else {
      throw FSError(.unsupported, "config: format '\(first)' is not known to this version")
    }
    guard lines.count == 6, lines[5].isEmpty else { throw damaged }
    let fields = lines.map { $0.split(separator: " ", omittingEmptySubsequences: false) }
    let kdf = fields[2]
    guard fields[1].count == 2, fields[1][0] == "repository", Hex.bytes(fields[1][1])?.count == 16,
      kdf.count == 6, kdf[0] == "kdf", kdf[1] == "scrypt", let n = UInt64(kdf[2]),
      let r = UInt64(kdf[3]), let p = UInt64(kdf[4]), let salt = Hex.bytes(kdf[5]),
      fields[3].count == 2, fields[3][0] == "key", let wrapped = Hex.bytes(fields[3][1]),
      salt.count == Self.saltBytes, wrapped.count == Self.wrappedBytes
    else { throw damaged }
    self.init(
      repositoryID: String(fields[1][1]), cost: PasswordCost(n: n, r: r, p: p), salt: salt,
      wrappedKey: wrapped)
    // Covers the checksum's own line and every spelling we would not have chosen.
    guard try encoded() == bytes else { throw damaged }
  }

  private init(repositoryID: String, cost: PasswordCost, salt: [UInt8], wrappedKey: [UInt8]) {
    self.repositoryID = repositoryID
    self.cost = cost
    self.salt = salt
    self.wrappedKey = wrappedKey
  }
}
