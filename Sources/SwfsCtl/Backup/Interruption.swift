import Glibc
import SwfsCore

/// SIGINT and SIGTERM end a command in order: waits end, vacuum is switched on, the lock is given
/// back. The second one ends the process at once.
enum Interruption {
  /// A context without deadline that the signals interrupt. To be made before any thread is
  /// started, since signals must be blocked in all of them.
  static func context() -> OperationContext {
    let context = OperationContext(deadline: .never)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    startThread("signals") {
      var waited = sigset_t()
      sigemptyset(&waited)
      sigaddset(&waited, SIGINT)
      sigaddset(&waited, SIGTERM)
      var count = 0
      while true {
        var number: Int32 = 0
        guard sigwait(&waited, &number) == 0 else { return }
        count += 1
        guard count == 1 else { _exit(BackupExit.interrupted.rawValue) }
        Terminal.warn("ending; once more ends at once")
        context.interrupt()
      }
    }
    return context
  }
}
