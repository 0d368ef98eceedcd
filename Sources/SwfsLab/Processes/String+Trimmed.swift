extension String {
  /// Without white space and newlines at both ends.
  var trimmed: String {
    let isBlank = { (character: Character) in character.isWhitespace }
    let start = self.drop(while: isBlank)
    return String(String(start.reversed().drop(while: isBlank)).reversed())
  }
}
