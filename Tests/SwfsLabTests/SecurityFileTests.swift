import Testing

@testable import SwfsLab

@Suite struct SecurityFileTests {
  @Test func plainLabHasNoSections() throws {
    let text = SecurityFile(lab: try Fixtures.lab()).text(.filer)
    #expect(!text.contains("["))
  }

  @Test func jwtLabHasBothKeysEverywhere() throws {
    let lab = try Fixtures.lab(jwt: true)
    for role in [SecurityFile.Role.master, .volume, .filer, .client] {
      let text = SecurityFile(lab: lab).text(role)
      #expect(text.contains("[jwt.signing]\nkey = \"write-key\""))
      #expect(text.contains("[jwt.signing.read]\nkey = \"read-key\""))
    }
  }

  @Test func tlsServersPresentTheirOwnCertificateAndClientsTheirs() throws {
    let security = SecurityFile(lab: try Fixtures.lab(tls: true))
    let volume = security.text(.volume)
    #expect(volume.contains("[grpc.volume]\ncert = \"/var/lib/some/lab/tls/server.crt\""))
    #expect(volume.contains("[https.volume]"))
    #expect(volume.contains("[https.client]\nenabled = true"))
    let client = security.text(.client)
    #expect(client.contains("[grpc.client]\ncert = \"/var/lib/some/lab/tls/client.crt\""))
    #expect(!client.contains("server."))
  }
}
