/// One request of HTTP/1.1, bodies aside.
public struct HTTPRequest: Sendable {
  public var method: Method
  /// `http://host:port/path?query`, already percent-encoded.
  public var url: String
  /// `host:port`: requests with equal ones share connections.
  public var server: String
  /// The bytes wanted; a reply with all bytes (200) is cut to them.
  public var range: Range?
  /// `Name: value` lines. `Accept-Encoding` must not be among them for ranged reads: servers apply
  /// the range to the compressed bytes then.
  public var headers: [String]
  /// Longest time without a byte in either direction before the server counts as stalled.
  public var stallSeconds: Double

  public enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case delete = "DELETE"
  }

  /// `count` bytes from `first` on.
  public struct Range: Sendable, Equatable {
    public var first: UInt64
    public var count: Int

    public init(first: UInt64, count: Int) {
      self.first = first
      self.count = count
    }
  }

  public init(
    _ method: Method, url: String, server: String, range: Range? = nil, headers: [String] = [],
    stallSeconds: Double = 3
  ) {
    self.method = method
    self.url = url
    self.server = server
    self.range = range
    self.headers = headers
    self.stallSeconds = stallSeconds
  }
}

/// What a server answered. Any status: whether it is an error is for the caller to say.
public struct HTTPReply: Sendable {
  public var status: Int = 0
  /// Bytes of the body that are in the caller's buffer (2xx only).
  public var bodyBytes: Int = 0
  /// Start of the body of any other status, for people to read.
  public var errorText: String = ""
  /// Without quotes.
  public var etag: String = ""
  /// The whole length in `Content-Range: bytes a-b/LENGTH`, or of a 200 reply.
  public var totalBytes: UInt64?
  /// The body is gzip.
  public var isGzip = false

  public init() {}

  public var isSuccess: Bool { (200..<300).contains(status) }
}

/// The same request to a second server, sent when the first keeps silent.
public struct HTTPHedge: Sendable {
  public var request: HTTPRequest
  public var afterSeconds: Double

  public init(request: HTTPRequest, afterSeconds: Double) {
    self.request = request
    self.afterSeconds = afterSeconds
  }
}

/// The outcome of a request that may have been hedged.
public struct HTTPOutcome: Sendable {
  /// The second server's answer is the one that counts.
  public var isFromHedge: Bool
  /// The hedge was sent: the first server was slow even if it won.
  public var wasHedged: Bool
  public var reply: Result<HTTPReply, HTTPError>

  public init(isFromHedge: Bool, wasHedged: Bool, reply: Result<HTTPReply, HTTPError>) {
    self.isFromHedge = isFromHedge
    self.wasHedged = wasHedged
    self.reply = reply
  }
}
