/// Lists of addresses on the command line and in the environment.
enum AddressList {
  static func parse(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
      .filter { !$0.isEmpty }
  }
}
