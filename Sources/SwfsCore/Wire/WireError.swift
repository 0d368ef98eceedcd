/// What can be wrong with protobuf bytes. Cheap to throw; callers see it as `FSError.corrupt`.
enum WireError: String, Error {
  case truncated = "ends in the middle of a field"
  case varintTooLong = "varint over 64 bits"
  case badTag = "impossible field tag"
  case badUTF8 = "string is not valid UTF-8"
  case badGzip = "gzip data is damaged"
  case absurdSize = "decompressed size is absurd"
}

extension FSError {
  init(_ what: String, _ error: WireError) {
    self.init(.corrupt, "\(what): \(error.rawValue)")
  }
}
