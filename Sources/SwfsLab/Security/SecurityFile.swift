/// The `security.toml` that SeaweedFS programs and swfs-mount read.
struct SecurityFile {
  let lab: Lab

  /// Who reads it.
  enum Role: String {
    case master, volume, filer, s3, client
  }

  func text(_ role: Role) -> String {
    var text = "# Made by swfs-lab.\n"
    if lab.settings.jwt {
      text += """
        [jwt.signing]
        key = "\(lab.settings.secrets.jwtWrite)"
        [jwt.signing.read]
        key = "\(lab.settings.secrets.jwtRead)"

        """
    }
    if lab.settings.tls {
      let ca = lab.layout.certificates + "/ca.crt"
      text += "[grpc]\nca = \"\(ca)\"\n"
      if role != .client { text += section("grpc.\(role.rawValue)", "server") }
      text += section("grpc.client", "client")
      text += "[https.client]\nenabled = true\nca = \"\(ca)\"\n" + pair("client")
      if role != .client && role != .s3 {
        text += "[https.\(role.rawValue)]\nca = \"\(ca)\"\n" + pair("server")
      }
    }
    return text
  }

  private func section(_ name: String, _ certificate: String) -> String {
    "[\(name)]\n" + pair(certificate)
  }

  private func pair(_ name: String) -> String {
    let file = lab.layout.certificates + "/" + name
    return "cert = \"\(file).crt\"\nkey = \"\(file).key\"\n"
  }
}
