internal import CLinux
import Glibc

/// Blocks the calling thread for that many seconds (negative: not at all).
public func pause(seconds: Double) {
  guard seconds > 0 else { return }
  var time = timespec(
    tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
  var rest = timespec()
  while nanosleep(&time, &rest) != 0 && errno == EINTR { time = rest }
}

/// Starts a detached operating-system thread with a name that `ps -T` and a thread report show.
///
/// Blocking work (sockets, libpq, disk) runs here and never on the cooperative pool.
public func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
  let box = Unmanaged.passRetained(ThreadBody(name: name, body: body))
  var thread = pthread_t()
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  let failed = pthread_create(
    &thread, &attributes,
    { argument in
      guard let argument else { return nil }
      let box = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
      pthread_setname_np(pthread_self(), String(box.name.prefix(15)))
      box.body()
      return nil
    }, box.toOpaque())
  pthread_attr_destroy(&attributes)
  if failed != 0 {
    // Out of threads: the work still has to happen, so it happens here and now.
    box.takeRetainedValue().body()
  }
}

private final class ThreadBody: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
