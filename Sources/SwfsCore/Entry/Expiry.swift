/// When an entry with a TTL stops to exist, by the filer's rule. Rows stay in SQL until somebody
/// looks, so whoever reads the table has to apply it.
public enum Expiry {
  /// Extended key that switches to S3's rule.
  public static let s3Key = "X-Seaweedfs-Expires-S3"
  /// Extended key of a stored S3 version, which never expires by itself.
  public static let s3VersionKey = "Seaweed-X-Amz-Version-Id"

  /// Whether the entry has expired at `nowSeconds` (unix).
  public static func hasExpired(
    attributes: StoredAttributes, hasS3Expiry: Bool, isS3Version: Bool, hasRemote: Bool,
    nowSeconds: Int64
  ) -> Bool {
    guard attributes.ttlSeconds > 0, !hasRemote,
      FileMode(stored: attributes.fileMode).kind != .directory
    else { return false }
    let base: Int64
    if hasS3Expiry {
      if isS3Version { return false }
      base = attributes.mtime != 0 ? attributes.mtime : attributes.crtime
    } else {
      base = attributes.crtime
    }
    let (end, overflow) = base.addingReportingOverflow(Int64(attributes.ttlSeconds))
    return !overflow && end < nowSeconds
  }
}

extension Entry {
  public func hasExpired(nowSeconds: Int64) -> Bool {
    Expiry.hasExpired(
      attributes: attributes, hasS3Expiry: extended[Expiry.s3Key] != nil,
      isS3Version: extended[Expiry.s3VersionKey] != nil, hasRemote: remote != nil,
      nowSeconds: nowSeconds)
  }
}
