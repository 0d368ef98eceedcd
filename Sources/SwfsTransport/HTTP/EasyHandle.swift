internal import CCurl
import SwfsCore

/// A libcurl easy handle with the sink its replies go to. Options that never change are set once.
///
/// Not thread-safe; handed from thread to thread by the pool's lock.
final class EasyHandle {
  let easy: UnsafeMutableRawPointer
  let sink = ReplySink()
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var headers: [String] = []
  private var bufferBytes = 0

  /// Nil when libcurl is out of memory.
  init?(_ options: HTTPOptions) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    // Signals would be delivered to whatever thread; the threaded resolver needs none.
    setLong(CURLOPT_NOSIGNAL, 1)
    // A name server that is down must not block the cancel of a transfer until it answers.
    setLong(CURLOPT_QUICK_EXIT, 1)
    setLong(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    setLong(CURLOPT_NOPROGRESS, 1)
    setLong(CURLOPT_TCP_KEEPALIVE, 1)
    setLong(CURLOPT_MAXREDIRS, 0)
    setLong(CURLOPT_CONNECTTIMEOUT_MS, Int((options.connectTimeoutSeconds * 1000).rounded(.up)))
    // An environment's http_proxy is meant for the web, not for the cluster.
    swfs_curl_set_string(easy, CURLOPT_PROXY, "")
    if let tls = options.tls {
      setLong(CURLOPT_SSL_VERIFYPEER, tls.isInsecure ? 0 : 1)
      setLong(CURLOPT_SSL_VERIFYHOST, tls.isInsecure ? 0 : 2)
      setText(CURLOPT_CAINFO, tls.authorities)
      setText(CURLOPT_SSLCERT, tls.certificate)
      setText(CURLOPT_SSLKEY, tls.key)
    }
    let user = Unmanaged.passUnretained(sink).toOpaque()
    swfs_curl_set_pointer(easy, CURLOPT_WRITEDATA, user)
    swfs_curl_set_pointer(easy, CURLOPT_HEADERDATA, user)
    swfs_curl_set_receiver(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, user in
      guard let user, let bytes else { return 0 }
      let sink = Unmanaged<ReplySink>.fromOpaque(user).takeUnretainedValue()
      let total = size &* count
      return sink.body(UnsafeRawBufferPointer(start: bytes, count: total)) ? total : 0
    }
    swfs_curl_set_receiver(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, user in
      guard let user, let bytes else { return 0 }
      let total = size &* count
      Unmanaged<ReplySink>.fromOpaque(user).takeUnretainedValue()
        .header(UnsafeRawBufferPointer(start: bytes, count: total))
      return total
    }
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headerList)
  }

  /// Aims the handle at a request. `body` must stay valid until the transfer has ended.
  func prepare(_ request: HTTPRequest, body: UnsafeRawBufferPointer, replyBytesMax: Int) {
    swfs_curl_set_string(easy, CURLOPT_URL, request.url)
    switch request.method {
    case .get:
      setLong(CURLOPT_HTTPGET, 1)
      swfs_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, nil)
    case .head:
      setLong(CURLOPT_NOBODY, 1)
      swfs_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, nil)
    case .delete:
      setLong(CURLOPT_HTTPGET, 1)
      swfs_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, "DELETE")
    case .put:
      // POSTFIELDS rather than UPLOAD: libcurl sends a small body together with the header, in one
      // packet, and can repeat it by itself when a kept connection turns out to be closed.
      setLong(CURLOPT_POST, 1)
      swfs_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, "PUT")
      swfs_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, body.count)
      if let start = body.baseAddress {
        swfs_curl_set_pointer(easy, CURLOPT_POSTFIELDS, start)
      } else {
        swfs_curl_set_string(easy, CURLOPT_POSTFIELDS, "")
      }
    }
    setRange(request.range)
    setHeaders(request.method == .put ? request.headers + ["Expect:"] : request.headers)
    setBuffers(request.method == .put ? body.count : replyBytesMax, request.method)
  }

  /// Bytes of body sent so far.
  var bytesSent: Int {
    var count: curl_off_t = 0
    swfs_curl_get_offset(easy, CURLINFO_SIZE_UPLOAD_T, &count)
    return count
  }

  private func setRange(_ range: HTTPRequest.Range?) {
    guard let range, range.count > 0 else {
      swfs_curl_set_string(easy, CURLOPT_RANGE, nil)
      return
    }
    let (end, overflow) = range.first.addingReportingOverflow(UInt64(range.count - 1))
    swfs_curl_set_string(easy, CURLOPT_RANGE, "\(range.first)-\(overflow ? .max : end)")
  }

  private func setHeaders(_ wanted: [String]) {
    guard wanted != headers else { return }
    swfs_curl_set_list(easy, CURLOPT_HTTPHEADER, nil)
    curl_slist_free_all(headerList)
    headerList = nil
    for header in wanted {
      // Null means out of memory; the old list stays valid and the request lacks a header, which the
      // server will complain about.
      if let longer = curl_slist_append(headerList, header) { headerList = longer }
    }
    headers = wanted
    swfs_curl_set_list(easy, CURLOPT_HTTPHEADER, headerList)
  }

  /// Few system calls for big bodies, little memory for small ones.
  private func setBuffers(_ bytes: Int, _ method: HTTPRequest.Method) {
    let wanted = bytes > 64 << 10 ? 256 << 10 : 16 << 10
    if method == .put {
      setLong(CURLOPT_UPLOAD_BUFFERSIZE, max(wanted, 64 << 10))
    } else if wanted != bufferBytes {
      bufferBytes = wanted
      setLong(CURLOPT_BUFFERSIZE, wanted)
    }
  }

  private func setLong(_ option: CURLoption, _ value: Int) {
    swfs_curl_set_long(easy, option, value)
  }

  private func setText(_ option: CURLoption, _ text: String) {
    if !text.isEmpty { swfs_curl_set_string(easy, option, text) }
  }
}
