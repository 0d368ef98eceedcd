@testable import SwfsCluster

enum TestTokens {
  static func token(fid: String, key: String) -> String {
    JWT.token(fid: fid, key: key, expiresSeconds: 10)
  }
}
