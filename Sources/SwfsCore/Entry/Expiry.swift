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
    let last = lastSecond(
      ttlSeconds: attributes.ttlSeconds, kind: FileMode(stored: attributes.fileMode).kind,
      crtime: attributes.crtime, mtime: attributes.mtime, hasS3Expiry: hasS3Expiry,
      isS3Version: isS3Version, hasRemote: hasRemote)
    guard let last else { return false }
    return last < nowSeconds
  }

  /// The last second (unix) in which an entry exists, or nil when it never expires.
  public static func lastSecond(
    ttlSeconds: Int32, kind: FileKind, crtime: Int64, mtime: Int64, hasS3Expiry: Bool,
    isS3Version: Bool, hasRemote: Bool
  ) -> Int64? {
    guard ttlSeconds > 0, !hasRemote, kind != .directory else { return nil }
    if hasS3Expiry && isS3Version { return nil }
    let base = hasS3Expiry && mtime != 0 ? mtime : crtime
    let (end, overflow) = base.addingReportingOverflow(Int64(ttlSeconds))
    return overflow ? nil : end
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
