internal import COpenSSL
import SwfsCore

/// scrypt's parameters: how much work one guess of the password costs.
public struct PasswordCost: Sendable, Equatable {
  /// Power of two.
  public var n: UInt64
  public var r: UInt64
  public var p: UInt64

  public init(n: UInt64, r: UInt64 = 8, p: UInt64 = 1) {
    self.n = n
    self.r = r
    self.p = p
  }

  /// 128 MiB and some tenths of a second for each guess.
  public static let standard = PasswordCost(n: 131_072)

  /// Memory that parameters read from a file may make us use.
  private static let memoryBytesMax: UInt64 = 1 << 30

  /// - Throws: `corrupt` for parameters that are not sane, `outOfMemory`.
  func key(password: [UInt8], salt: [UInt8]) throws(FSError) -> [UInt8] {
    let (blocks, overflow) = n.multipliedReportingOverflow(by: 128)
    guard !overflow, r >= 1, r <= 64, p >= 1, p <= 16, n >= 2, n & (n - 1) == 0,
      blocks <= Self.memoryBytesMax / r
    else { throw FSError(.corrupt, "config: scrypt parameters \(n) \(r) \(p) make no sense") }
    var key = [UInt8](repeating: 0, count: AuthenticatedCipher.keyBytes)
    let done = password.withUnsafeBytes { raw in
      EVP_PBE_scrypt(
        raw.bindMemory(to: CChar.self).baseAddress, raw.count, salt, salt.count, n, r, p,
        Self.memoryBytesMax + (64 << 20), &key, key.count)
    }
    guard done == 1 else { throw FSError(.outOfMemory, "OpenSSL cannot derive a key (scrypt)") }
    return key
  }
}
