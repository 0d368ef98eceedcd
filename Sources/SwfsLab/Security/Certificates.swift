/// A certificate authority of the lab's own, one certificate for all servers and one for clients.
struct Certificates {
  let lab: Lab

  private var directory: String { lab.layout.certificates }

  /// Makes what is missing; complete once the client's certificate is there.
  func make() throws(LabError) {
    guard !Files.exists(directory + "/client.crt") else { return }
    try Files.makeDirectory(directory, mode: 0o755)
    try openssl([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-days", "3650", "-subj", "/CN=swfs-lab \(lab.layout.name)",
      "-addext", "basicConstraints=critical,CA:TRUE",
      "-addext", "keyUsage=critical,keyCertSign,cRLSign",
      "-keyout", directory + "/ca.key", "-out", directory + "/ca.crt",
    ])
    let names = NodeName.all.flatMap {
      [
        "IP:\($0.address(in: lab.subnet))", "DNS:\($0)", "DNS:filer-\($0.number)",
        "DNS:master-\($0.number)", "DNS:volume-\($0.number)",
      ]
    }
    try issue("server", names: ["IP:127.0.0.1", "DNS:localhost"] + names)
    try issue("client", names: ["DNS:client"])
  }

  /// Both usages in each: weed's servers also dial each other with their server certificate.
  private func issue(_ name: String, names: [String]) throws(LabError) {
    let extensions = directory + "/\(name).ext"
    try Files.write(
      """
      subjectAltName=\(names.joined(separator: ","))
      keyUsage=critical,digitalSignature
      extendedKeyUsage=serverAuth,clientAuth

      """, to: extensions)
    let request = directory + "/\(name).csr"
    try openssl([
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-subj", "/CN=\(name)", "-keyout", directory + "/\(name).key", "-out", request,
    ])
    try openssl([
      "x509", "-req", "-in", request, "-CA", directory + "/ca.crt", "-CAkey",
      directory + "/ca.key", "-CAcreateserial", "-days", "3650", "-extfile", extensions,
      "-out", directory + "/\(name).crt",
    ])
  }

  private func openssl(_ arguments: [String]) throws(LabError) {
    try Tool.check(["openssl"] + arguments)
  }
}
