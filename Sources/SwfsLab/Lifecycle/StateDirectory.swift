/// Guards the state directory: `down` removes it with all that is in it, so it must never be a
/// directory with somebody else's files.
enum StateDirectory {
  /// Whether all in it comes from that lab. An `up` that was interrupted right at its start has
  /// left at most the first file half-written.
  static func isLab(_ layout: LabLayout) -> Bool {
    if Files.exists(layout.settings) {
      let settings = try? Files.readJSON(LabSettings.self, from: layout.settings)
      return settings?.name == "\(layout.name)"
    }
    return Files.names(in: layout.state).allSatisfy {
      layout.state + "/" + $0 == layout.settings + ".new"
    }
  }

  /// - Throws: when there is something else in it.
  static func check(_ layout: LabLayout) throws(LabError) {
    guard isLab(layout) else {
      throw LabError(
        "\(layout.state) holds something other than lab \(layout.name): choose another --state")
    }
  }

  /// Makes it with a mode that lets Postgres through, which runs as its own user.
  static func make(_ layout: LabLayout) throws(LabError) {
    try Files.makeDirectory(layout.state)
  }
}
