import SwfsCore
import SwfsTransport
import Testing

@testable import SwfsCluster

struct TOMLTableTests {
  @Test func everyFormOfValueIsRead() throws {
    let table = try TOMLTable(
      parsing: """
        # comment
        top = 1_000   # another
        [a.b]
        basic = "x \\"y\\" \\u00e4 # no comment"
        literal = 'C:\\path'
        "quoted key" = true
        dotted.key = -2.5
        list = [ "a", 'b', [1, 2],
          # inside
          3 ]
        triple = \"\"\"z\"\"\"
        [ c ]
        Empty = ""\r
        """)
    #expect(table["top"] == "1000")
    #expect(table["a.b.basic"] == "x \"y\" ä # no comment")
    #expect(table["a.b.literal"] == "C:\\path")
    #expect(table["a.b.quoted key"] == "true")
    #expect(table["a.b.dotted.key"] == "-2.5")
    #expect(table["a.b.list"]?.hasPrefix("[") == true)
    #expect(table["a.b.triple"] == "z")
    #expect(table["c.empty"] == "")
  }

  @Test(arguments: [
    "key", "key =", "= 1", "[a", "a = \"x", "a = {b = 1}", "a = [1", "a = 1 2", "a = yes",
    "a = \"\\q\"", "a = 1\na = 2", "a = \"\\ud800\"", "[[a]]", "[a] x",
  ])
  func nonsenseIsAnErrorWithItsLine(text: String) {
    let error = #expect(throws: FSError.self) { try TOMLTable(parsing: text) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("line") == true)
  }

  @Test func randomTextNeverTraps() {
    let alphabet = Array("ab.=[]{}\"'\\#\n\r\t ,1_-\u{e9}\u{301}")
    for _ in 0..<5000 {
      let text = String((0..<Int.random(in: 0...40)).compactMap { _ in alphabet.randomElement() })
      _ = try? TOMLTable(parsing: text)
    }
  }
}

struct SecurityConfigurationTests {
  @Test func weedsOwnFileIsUnderstood() throws {
    let security = try SecurityConfiguration(
      parsing: """
        [jwt.signing]
        key = "write"
        expires_after_seconds = 20
        [jwt.signing.read]
        key = "read"
        [grpc]
        ca = "/ca.pem"
        allowed_wildcard_domain = ""
        [grpc.client]
        cert = "/client.pem"
        key = "/client.key"
        [https.client]
        enabled = true
        ca = "/https-ca.pem"
        """)
    #expect(security.jwtSigningKey == "write")
    #expect(security.jwtSigningExpiresSeconds == 20)
    #expect(security.jwtReadKey == "read")
    #expect(security.jwtReadExpiresSeconds == 60)
    #expect(security.grpc?.authorities == "/ca.pem")
    #expect(security.grpc?.certificate == "/client.pem")
    #expect(security.https?.authorities == "/https-ca.pem")
    #expect(security.https?.isInsecure == false)
  }

  @Test func environmentWins() throws {
    let environment = [
      "WEED_JWT_SIGNING_KEY": "other", "WEED_JWT_SIGNING_READ_KEY": "",
      "WEED_HTTPS_CLIENT_ENABLED": "true", "WEED_HTTPS_CLIENT_INSECURE_SKIP_VERIFY": "true",
    ]
    let security = try SecurityConfiguration(
      parsing: "[jwt.signing]\nkey = \"file\"\n[jwt.signing.read]\nkey = \"stays\""
    ) { environment[$0] }
    #expect(security.jwtSigningKey == "other")
    #expect(security.jwtReadKey == "stays")
    #expect(security.https?.isInsecure == true)
  }

  @Test func httpsIsOffUnlessEnabled() throws {
    let security = try SecurityConfiguration(parsing: "[https.client]\nca = \"/x\"")
    #expect(security.https == nil)
    #expect(security.grpc == nil)
  }

  @Test(arguments: [
    "[https.client]\nenabled = \"perhaps\"", "[jwt.signing]\nexpires_after_seconds = -1",
    "[jwt.signing]\nexpires_after_seconds = \"soon\"",
  ])
  func senselessValueIsAnError(text: String) {
    #expect(throws: FSError.self) { try SecurityConfiguration(parsing: text) }
  }
}

struct JWTTests {
  @Test func hmacOfKnownVector() {
    // RFC 4231, test case 2.
    let digest = JWT.hmacSHA256(Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
    #expect(digest.prefix(4) == [0x5b, 0xdc, 0xc1, 0x46])
  }

  @Test func tokenHasThreePartsAndTheClaims() {
    let token = JWT.token(fid: "3,01637037d6", key: "k", expiresSeconds: 10, now: 1000)
    let parts = token.split(separator: ".")
    #expect(parts.count == 3)
    #expect(
      parts[1] == JWT.base64URL(Array("{\"fid\":\"3,01637037d6\",\"exp\":1010}".utf8)).prefix(100))
    #expect(JWT.token(fid: "3,01", key: "", expiresSeconds: 10) == "")
  }

  @Test(arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")])
  func base64OfKnownVectors(text: String, expected: String) {
    #expect(JWT.base64URL(Array(text.utf8)) == expected)
    #expect(JWT.base64URL([0xfb, 0xff]) == "-_8")
  }
}
