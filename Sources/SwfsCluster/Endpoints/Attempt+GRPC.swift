import SwfsCore
import SwfsTransport

extension EndpointPool.Attempt {
  /// What a transport failure means for the call; nil for a status, which the operation judges.
  static func transport(_ error: GRPCError, _ callClass: CallClass) -> Self? {
    switch error.kind {
    case .status: nil
    case .interrupted: .refused(FSError(.interrupted, error.message))
    case .notConnected, .connectionLost: .failed(.down, error.message)
    case .noAnswer: .failed(callClass.timeoutMeansDown ? .down : .outage, error.message)
    case .malformedReply: .failed(.outage, error.message)
    }
  }
}
