/// Requests from the host to the servers of a lab, with curl: plain, or with the lab's TLS.
struct HTTPClient {
  let lab: Lab

  func url(_ node: NodeName, _ port: Int, _ path: String) -> String {
    "\(lab.settings.tls ? "https" : "http")://\(node.address(in: lab.subnet)):\(port)\(path)"
  }

  /// A curl command that exits 0 when the URL answers with success.
  func command(_ url: String, _ options: [String] = [], seconds: Int = 3) -> [String] {
    var command = [
      "curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--max-time", "\(seconds)",
    ]
    if lab.settings.tls {
      let directory = lab.layout.certificates
      command += [
        "--cacert", "\(directory)/ca.crt", "--cert", "\(directory)/client.crt",
        "--key", "\(directory)/client.key",
      ]
    }
    return command + options + [url]
  }

  /// - Throws: with curl's own words when it fails or answers with an error.
  @discardableResult
  func request(_ url: String, _ options: [String] = [], seconds: Int = 10) throws(LabError)
    -> String
  {
    let result = try Tool.run(
      command(url, options, seconds: seconds), seconds: Double(seconds) + 5)
    guard result.succeeded else {
      throw LabError("\(url): \(result.errors.trimmed)")
    }
    return result.output
  }
}
